import { BaseModel, belongsTo, column, hasMany, seed } from 'active-record-ts';

// What must and what must not compile in seeds. The models refer to each other in circles.

export class Country extends BaseModel.with({
  id: column.id(),
  code: column.string(),
  name: column.string().nullable(),
  get towns() {
    return hasMany(Town);
  },
}) {
  shout() {
    return this.code.toUpperCase();
  }
}
export class Town extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  people: column.integer().default(0),
  countryId: column.references('countries'),
  get country() {
    return belongsTo(Country);
  },
}) {}

export async function fill(): Promise<void> {
  const country = await seed(Country, { code: 'se' }, { name: 'Sweden' });
  country.shout();
  const town = await seed(Town, { name: 'Umeå', countryId: country.id }, { people: 90_000, country });
  const people: number = town.people;
  await seed(Country, { code: 'no', name: null });
  // @ts-expect-error no attribute of the model
  await seed(Country, { cod: 'se' });
  // @ts-expect-error a number is no text
  await seed(Country, { code: 1 });
  // @ts-expect-error no attribute of the model
  await seed(Country, { code: 'se' }, { nam: 'Sweden' });
  // @ts-expect-error something to find it by
  await seed(Country);
  // @ts-expect-error no model
  await seed({}, { code: 'se' });
  console.log(people);
}
