import { BaseModel, belongsTo, column, hasMany, hasOne, type PermitList, untrusted } from 'active-record-ts';

// What must and what must not compile among bodies from outside. The models refer to each other in circles.

export class Owner extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  balance: column.decimal(10, 2).nullable(),
  get pets() {
    return hasMany(Pet, { nested: { destroy: true } });
  },
  get badge() {
    return hasOne(Badge, { nested: true });
  },
}) {
  static permitted = [
    'name',
    { petsAttributes: ['id', 'name', 'destroy', { ownerAttributes: ['name'] }] },
  ] as const satisfies PermitList<typeof Owner>;
  set password(value: string) {
    this.name = value;
  }
  greet() {
    return `Hi ${this.name}`;
  }
}
export class Pet extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  ownerId: column.references('owners'),
  get owner() {
    return belongsTo(Owner, { nested: true });
  },
}) {}
export class Badge extends BaseModel.with({
  id: column.id(),
  code: column.string().nullable(),
  ownerId: column.references('owners').nullable(),
}) {}
class Loose extends BaseModel.with({ id: column.id(), note: column.string().nullable() }) {}
class Bare extends BaseModel {}

declare const request: { body: unknown };
const body = untrusted(request.body);
declare const owner: Owner;

// No method takes a body as it is.
// @ts-expect-error
Owner.create(body);
// @ts-expect-error
new Owner(body);
// @ts-expect-error
owner.assign(body);
// @ts-expect-error
owner.update(body);
// @ts-expect-error
owner.updateColumns(body);
// @ts-expect-error
owner.pets.create(body);
// @ts-expect-error
owner.pets.build(body);
// @ts-expect-error
owner.badge.build(body);
// @ts-expect-error
Owner.where(body);
// @ts-expect-error
Owner.whereNot(body);
// @ts-expect-error
Owner.findBy(body);
// @ts-expect-error
Owner.where({ name: body });
// @ts-expect-error
Owner.updateAll(body, { everyRow: true });
// @ts-expect-error
Owner.insertAll([body]);
// @ts-expect-error
Owner.insertAll(body);
// @ts-expect-error
Owner.upsert(body);
// @ts-expect-error
Owner.findOrCreateBy(body);
// @ts-expect-error
Owner.findOrCreateBy({ name: 'Ada' }, body);
// @ts-expect-error
Owner.findOrInitializeBy(body);
// @ts-expect-error
Owner.createOrFindBy(body);
// @ts-expect-error
Owner.create({ name: body });
// Where nothing is required, and where nothing is known.
// @ts-expect-error
Loose.create(body);
// @ts-expect-error
Loose.where(body);
// @ts-expect-error
Loose.insertAll([body]);
// @ts-expect-error
Bare.create(body);
// @ts-expect-error
new Bare().assign(body);
// @ts-expect-error
new Bare().update(body);
// It has nothing to read.
// @ts-expect-error
body.name;
// @ts-expect-error
[...body];

// What is permitted has the types of the attributes, and may not be there.
const some = Owner.permit(body, ['name', 'age', 'balance']);
const name: string | undefined = some.name;
const age: number | null | undefined = some.age;
const balance: string | null | undefined = some.balance;
export const read = [name, age, balance];
// @ts-expect-error
const sure: string = some.name;
// @ts-expect-error
some.id;
owner.assign(some);
owner.update(some);
owner.updateColumns(Owner.permit(body, ['age']));
Owner.where(Owner.permit(body, ['name']));
new Owner(some);
// @ts-expect-error the name is required, and nobody knows that it is there
Owner.create(some);
Owner.create(Owner.permit(body, ['name'], { required: ['name'] }));
Owner.create(Owner.permit(request.body, ['name', 'age'], { required: ['name'], unpermitted: 'error' }));
Owner.create(Owner.permit(body, { required: ['name'] }));
const named: string = Owner.permit(body, { required: ['name'] }).name;
Pet.create(Pet.permit(body, ['name', 'ownerId'], { required: ['name', 'ownerId'] }));
export const ways = [sure, named];

// Keys and setters of the class may be named.
owner.assign(Owner.permit(body, ['id']));
const virtual: unknown = Owner.permit(body, ['password']).password;
owner.assign(Owner.permit(body, ['name', 'password']));

export { virtual };

// Nested lists.
const nested = Owner.permit(body, ['name', { petsAttributes: ['id', 'name', 'destroy'], badgeAttributes: ['code'] }]);
const pet = nested.petsAttributes?.[0];
const id: number | undefined = pet?.id;
const destroy: boolean | undefined = pet?.destroy;
const code: string | null | undefined = nested.badgeAttributes?.code;
export const inner = [id, destroy, code, Owner.permit(body).petsAttributes?.[0]?.ownerAttributes?.name?.length];
owner.update(nested);
owner.assign(Owner.permit(body));
// @ts-expect-error
pet?.ownerId;

// Names that are none.
// @ts-expect-error
Owner.permit(body, ['nmae']);
// @ts-expect-error
Owner.permit(body, ['pets']);
// @ts-expect-error
Owner.permit(body, [{ petsAttributes: ['nmae'] }]);
// @ts-expect-error
Owner.permit(body, [{ catsAttributes: ['name'] }]);
// @ts-expect-error
Owner.permit(body, ['save']);
// @ts-expect-error
Owner.permit(body, ['age'], { required: ['name'] });
// @ts-expect-error
Owner.permit(body, ['age'], { unpermitted: 'raise' });
// @ts-expect-error there is no list
Pet.permit(body);
// @ts-expect-error
Loose.permit(body, ['nothing']);
// @ts-expect-error
['nmae'] as const satisfies PermitList<typeof Owner>;

// A subclass may have a list of its own.
export class Keeper extends Owner.with({ license: column.string().nullable() }) {
  static permitted = ['license'] as const satisfies PermitList<typeof Keeper>;
}
const license: string | null | undefined = Keeper.permit(body).license;

// One without goes by that of the class above, however it was made.
export class Groom extends Owner {}
export class Breeder extends Owner.with({ prizes: column.integer().default(0) }) {}
export class Champion extends Breeder.with({ title: column.string().nullable() }) {}
Groom.create(Groom.permit(body, { required: ['name'] }));
Breeder.create(Breeder.permit(body, { required: ['name'] }));
const champion: string = Champion.permit(body, { required: ['name'] }).name;
// @ts-expect-error not in the list
Breeder.permit(body, { required: ['prizes'] });
// @ts-expect-error not in the list
Champion.permit(body).prizes;
class Kitten extends Pet.with({ age: column.integer().default(0) }) {}
// @ts-expect-error no class above has a list
Kitten.permit(body);

// Records that an association makes take attributes of theirs, too.
owner.pets.build({ ownerAttributes: { name: 'Ada' } });
owner.pets.create({ name: 'Rex', ownerAttributes: { petsAttributes: [{ name: 'Tom', destroy: true }] } });
// @ts-expect-error
owner.pets.create({ ownerAttributes: { nmae: 'Ada' } });
// @ts-expect-error a body is none
owner.pets.create(body);
// @ts-expect-error a body is none
owner.badge.build(body);
Bare.permit(body, ['anything']).anything;

export { champion, license };
