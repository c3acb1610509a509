/** What must and must not compile about encrypted attributes, passwords and tokens. */
import { BaseModel, belongsTo, column, gt, hasMany, not, sql, type Tokens } from 'active-record-ts';

class Member extends BaseModel.with(
  {
    id: column.id(),
    name: column.string(),
    ssn: column.string().nullable().encrypted(),
    email: column.string().encrypted({ deterministic: true }),
    weight: column.integer().encrypted(),
    price: column.decimal(8, 2).encrypted(),
    age: column.integer(),
    key: column.secureToken(),
    get notes() {
      return hasMany(Note);
    },
  },
  { ...column.timestamps(), ...column.securePassword() },
) {
  static tokens = {
    confirmation: { expiresIn: 60, dependsOn: (member) => member.email },
  } satisfies Tokens<typeof Member>;
}
class Note extends BaseModel.with({
  id: column.id(),
  memberId: column.references('members'),
  get member() {
    return belongsTo(Member);
  },
}) {}
class Admin extends Member.with({ level: column.integer() }) {}

export async function encrypted() {
  const member = await Member.create({ name: 'a', email: 'a', weight: 1, price: '1', age: 1, password: 'x' });
  const values: [string | null, string, number, string] = [member.ssn, member.email, member.weight, member.price];
  const text: string | null = member.ciphertextFor('ssn');
  // @ts-expect-error it is not encrypted
  member.ciphertextFor('name');
  // @ts-expect-error it is not encrypted
  member.isStoredEncrypted('age');
  Member.where({ ssn: null, email: ['a', 'b'] });
  Member.where({ ssn: not(null), email: not('a') });
  // @ts-expect-error it is another text each time
  Member.where({ ssn: 'a' });
  // @ts-expect-error it cannot be null, and nothing else is known of it
  Member.where({ weight: 1 });
  // @ts-expect-error no expression
  Member.where({ email: sql`x` });
  // @ts-expect-error no number
  Member.where({ email: gt(1) });
  // @ts-expect-error it has no sum
  Member.sum('weight');
  // @ts-expect-error it has no sum
  Member.sum('price');
  // @ts-expect-error no counter
  member.increment('weight');
  // @ts-expect-error no option
  column.string().encrypted({ deterministic: 1 });
  return { values, text };
}

export async function passwords() {
  // It may be left out, and is asked for when the record is saved.
  const member = new Member({ name: 'a', password: null });
  const digest: string = member.passwordDigest;
  const same: Member | null = await member.authenticate('x');
  const found: Member | null = await Member.authenticateBy({ email: 'a', password: 'x' });
  const admin: Admin | null = await Admin.authenticateBy({ level: 1, password: 'x' });
  member.needsRehash();
  // @ts-expect-error no such password
  member.authenticate('x', 'pin');
  // @ts-expect-error no number
  Member.authenticateBy({ email: 'a', password: 7 });
  // @ts-expect-error no such attribute
  Member.authenticateBy({ mail: 'a', password: 'x' });
  // @ts-expect-error it has no password
  new Note().authenticate('x');
  // @ts-expect-error it has no column
  Member.where({ password: 'x' });
  return { digest, same, found, admin };
}

export async function tokens() {
  const member = await Member.firstOrFail();
  await member.regenerate('key');
  // @ts-expect-error no token
  member.regenerate('name');
  const signed: Member | null = await Member.findSigned(member.signedId({ purpose: 'x', expiresIn: 60 }));
  const sure: Admin = await Admin.findSignedOrFail('x');
  const token: string = Member.tokenFor(member, 'confirmation');
  const found: Member | null = await Member.findByToken('confirmation', token);
  const reset: Admin = await Admin.findByTokenOrFail('passwordReset', token);
  await Admin.findByToken('confirmation', token);
  // @ts-expect-error no such purpose
  Member.tokenFor(member, 'confirmations');
  // @ts-expect-error no such purpose
  Member.findByToken('reset', token);
  // @ts-expect-error it has no tokens
  Note.findByToken('confirmation', token);
  // @ts-expect-error a record of another class
  Member.tokenFor(new Note(), 'confirmation');
  // @ts-expect-error no Date
  member.signedId({ expiresAt: 60 });
  return { signed, sure, found, reset };
}
