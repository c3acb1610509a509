import { BaseModel, belongsTo, column, hasMany, type Query, type Subclasses } from 'active-record-ts';

// Classes that share a table, and bases without one: compiled, never run.

export class Account extends BaseModel.with({
  id: column.id(),
  type: column.string(),
  name: column.string(),
  leaderId: column.integer().nullable(),
  get leader() {
    return belongsTo(Account, { optional: true });
  },
}) {
  static subclasses: Subclasses = () => [Leader, Chief, Guest];
  greet() {
    return `Hi ${this.name}`;
  }
}
export class Leader extends Account.with({
  budget: column.decimal(12, 2),
  get team() {
    return hasMany(Account, { foreignKey: 'leaderId' });
  },
}) {
  static typeName = 'leader';
}
export class Chief extends Leader {
  static override typeName = 'chief';
}
export class Guest extends Account {}

export abstract class ApplicationRecord extends BaseModel.with({ id: column.id() }, column.timestamps()) {
  static abstractClass = true;
  static scopes = { latest: (records: Query<typeof ApplicationRecord>) => records.order('createdAt', 'desc') };
  label() {
    return String(this.id);
  }
}
export class Town extends ApplicationRecord.with({ name: column.string() }) {}

/** What is told by an enum, or has another type than text, is an attribute like others. */
class Ticket extends BaseModel.with({ id: column.id(), type: column.enum(['bug', 'wish']) }) {}

export async function checks() {
  const leader: Leader = await Leader.find(1);
  const budget: string = leader.budget;
  const team: Account[] = await leader.team;
  const leaders: Leader[] = await Leader.where({ budget: '1.00', name: 'Ada' });
  const above: Account | null = await (await Account.find(1)).leader;
  // The type is the library's: nobody has to give it.
  await Account.create({ name: 'Ada' });
  await Leader.create({ name: 'Ada', budget: '1.00' });
  await Leader.insertAll([{ name: 'Ada', budget: '1.00' }]);
  // @ts-expect-error the budget is missing
  await Leader.create({ name: 'Ada' });
  // @ts-expect-error an Account has no budget
  await Account.where({ budget: '1.00' });
  // @ts-expect-error nor has its record
  (await Account.find(1)).budget;
  // @ts-expect-error the type of a ticket is its own business
  await Ticket.create({});
  const account = await Account.find(1);
  const became: Leader = account.becomes(Leader, { changeType: true });
  (await account.becomes(Chief)).team.count();
  if (account instanceof Leader) account.budget.toUpperCase();
  // @ts-expect-error no model
  account.becomes('Leader');
  // @ts-expect-error no such option
  account.becomes(Leader, { type: true });
  const towns: Town[] = await Town.all().latest().where({ name: 'Ulm' });
  const label: string | undefined = towns[0]?.label();
  // @ts-expect-error an abstract class makes no records
  new ApplicationRecord();
  return { budget, team, leaders, above, became, label };
}
