/** Signed ids, tokens for a purpose, and random tokens. */
import { BaseModel, column, type Tokens } from 'active-record-ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';
import { testKey, useTestSecrets } from '../support/secrets.ts';

/** What the tokens for a visit depend on. */
let seen: unknown;

class Member extends BaseModel.with({
  id: column.id(),
  type: column.string().nullable(),
  email: column.string(),
  authToken: column.secureToken().unique(),
  apiKey: column.secureToken({ length: 36 }).nullable(),
}) {
  static tokens = {
    emailConfirmation: { expiresIn: 3600, dependsOn: (member) => member.email },
    invitation: {},
    visit: { dependsOn: () => seen },
  } satisfies Tokens<typeof Member>;
}
class Staff extends Member.with({}) {}
class Guest extends Member.with({}) {}

class Parcel extends BaseModel.with({
  id: column.bigint().primaryKey(),
  place: column.binary(8).primaryKey(),
  weight: column.integer(),
}) {}

/** Another table, with a row of the same key. */
class Stranger extends BaseModel.with({ id: column.id(), email: column.string() }) {}

describeModels('tokens', [Member, Parcel, Stranger], () => {
  emptyBeforeEach('members', 'parcels', 'strangers');
  beforeEach(() => useTestSecrets());
  afterEach(() => {
    vi.useRealTimers();
  });
  const after = (seconds: number): void => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
  };

  it('stand for a record, for one purpose', async () => {
    const member = await Member.create({ email: 'a' });
    const plain = member.signedId();
    const named = member.signedId({ purpose: 'unsubscribe' });
    expect((await Member.findSigned(plain))?.id).toBe(member.id);
    expect((await Member.findSigned(named, { purpose: 'unsubscribe' }))?.id).toBe(member.id);
    expect((await Member.findSignedOrFail(plain)).id).toBe(member.id);
    expect(
      await statementsOf(async () => {
        expect(await Member.findSigned(named)).toBeNull();
        expect(await Member.findSigned(plain, { purpose: 'unsubscribe' })).toBeNull();
        expect(await Stranger.findSigned(plain)).toBeNull();
        expect(await Member.findByToken('invitation', plain)).toBeNull();
        expect(await Member.findSigned(Member.tokenFor(member, 'invitation'), { purpose: 'invitation' })).toBeNull();
        expect(await Member.findSigned(`${plain}A`)).toBeNull();
        expect(await Member.findSigned(undefined as never)).toBeNull();
        expect((await errorOf(() => Member.findSignedOrFail(named))).code).toBe('AR_TOKEN_INVALID');
      }),
    ).toEqual([]);
    await member.destroy();
    expect(await Member.findSigned(plain)).toBeNull();
    expect((await errorOf(() => Member.findSignedOrFail(plain))).code).toBe('AR_RECORD_NOT_FOUND');
  });

  it('are not valid any more once they have expired', async () => {
    const member = await Member.create({ email: 'a' });
    const tokens = [
      member.signedId({ expiresIn: 60 }),
      member.signedId({ expiresAt: new Date(Date.now() + 60_000) }),
      member.signedId(),
    ];
    const found = async () =>
      (await Promise.all(tokens.map((token) => Member.findSigned(token)))).map((each) => each?.id);
    after(55);
    expect(await found()).toEqual([member.id, member.id, member.id]);
    after(10);
    expect(await found()).toEqual([undefined, undefined, member.id]);
  });

  it('of classes that share a table find the rows of each', async () => {
    const staff = await Staff.create({ email: 'a' });
    const id = staff.signedId();
    expect(await Member.findSigned(id)).toBeInstanceOf(Staff);
    expect((await Staff.findSigned(id))?.id).toBe(staff.id);
    expect(await Guest.findSigned(id)).toBeNull();
    expect(await Guest.findByToken('invitation', Staff.tokenFor(staff, 'invitation'))).toBeNull();
  });

  it('hold keys of any type, and of several columns', async () => {
    const parcel = await Parcel.create({ id: 2n ** 60n + 1n, place: Buffer.from([0, 255, 7]), weight: 1 });
    const other = await Parcel.create({ id: 2n ** 60n, place: Buffer.from([0, 255, 7]), weight: 2 });
    expect((await Parcel.findSigned(parcel.signedId()))?.weight).toBe(1);
    expect((await Parcel.findSignedOrFail(other.signedId())).weight).toBe(2);
  });

  it('verify with every secret, and with none of others', async () => {
    const member = await Member.create({ email: 'a' });
    const [id, token] = [member.signedId(), Member.tokenFor(member, 'emailConfirmation')];
    useTestSecrets({ tokenSecret: [testKey('new'), testKey('tokens')] });
    expect((await Member.findSigned(id))?.id).toBe(member.id);
    expect((await Member.findByToken('emailConfirmation', token))?.id).toBe(member.id);
    useTestSecrets({ tokenSecret: testKey('new') });
    expect(await Member.findSigned(id)).toBeNull();
    expect(await Member.findByToken('emailConfirmation', token)).toBeNull();
    useTestSecrets({ tokenSecret: undefined as never });
    expect((await errorOf(() => Member.findSigned(id))).code).toBe('AR_SECRETS_MISSING');
    expect((await errorOf(() => member.signedId())).message).toContain('npx ar secrets');
  });

  it('for a purpose are valid until what they depend on changes, or they expire', async () => {
    const member = await Member.create({ email: 'a' });
    const token = Member.tokenFor(member, 'emailConfirmation');
    const invitation = Member.tokenFor(member, 'invitation');
    expect((await Member.findByToken('emailConfirmation', token))?.id).toBe(member.id);
    expect(await Member.findByToken('invitation', token)).toBeNull();
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('"a"');
    await member.update({ email: 'b' });
    expect(await Member.findByToken('emailConfirmation', token)).toBeNull();
    await member.update({ email: 'a' });
    expect((await Member.findByTokenOrFail('emailConfirmation', token)).id).toBe(member.id);
    after(3601);
    expect((await errorOf(() => Member.findByTokenOrFail('emailConfirmation', token))).code).toBe('AR_TOKEN_INVALID');
    expect((await Member.findByToken('invitation', invitation))?.id).toBe(member.id);
  });

  it('for a purpose may depend on anything that can be told apart', async () => {
    const member = await Member.create({ email: 'a' });
    const states = [
      null,
      '',
      '1',
      1,
      1n,
      true,
      [],
      ['1'],
      [1],
      [[1]],
      {},
      { a: 1 },
      { b: 1 },
      new Date(1),
      Buffer.of(1),
    ];
    const tokens = states.map((state) => {
      seen = state;
      return Member.tokenFor(member, 'visit');
    });
    for (const [index, state] of states.entries()) {
      seen = state;
      const valid = await Promise.all(tokens.map((token) => Member.findByToken('visit', token)));
      expect(valid.map((found) => found !== null)).toEqual(states.map((_, other) => other === index));
    }
    for (const odd of [
      new Map([[1, 2]]),
      () => 1,
      Symbol('x'),
      Number.NaN,
      new Date(Number.NaN),
      member,
      Promise.resolve(),
    ]) {
      seen = [odd];
      expect((await errorOf(() => Member.tokenFor(member, 'visit'))).code).toBe('AR_DEFINITION_INVALID');
    }
  });

  it('are refused for what cannot work', async () => {
    const member = await Member.create({ email: 'a' });
    const stranger = await Stranger.create({ email: 'a' });
    const refused = [
      () => new Member({ email: 'b' }).signedId(),
      () => member.signedId({ expiresIn: 0 }),
      () => member.signedId({ expiresIn: Number.NaN }),
      () => member.signedId({ expiresIn: 1e306 }),
      () => member.signedId({ expires: 60 } as never),
      () => member.signedId(null as never),
      () => Member.findSigned('x', { for: 'unsubscribe' } as never),
      () => member.signedId({ expiresIn: 1, expiresAt: new Date() }),
      () => member.signedId({ expiresAt: new Date(Number.NaN) }),
      () => member.signedId({ purpose: 7 as never }),
      () => Member.tokenFor(member, 'emailConfirmatio' as never),
      () => Member.tokenFor(stranger as never, 'invitation'),
      () => Member.findByToken('constructor' as never, 'x'),
      () => Stranger.findByToken('x' as never, 'x'),
      () => member.regenerate('email' as never),
    ];
    for (const refuse of refused)
      expect(['AR_QUERY_INVALID', 'AR_RECORD_NOT_PERSISTED']).toContain((await errorBeforeSending(refuse)).code);
    const error = await errorOf(() => Member.tokenFor(member, 'emailConfirmatio' as never));
    expect(error.message).toContain('Did you mean "emailConfirmation"?');
  });

  it('that are random are made for each new record, and anew when asked', async () => {
    const member = await Member.create({ email: 'a' });
    expect(member.authToken).toMatch(/^[1-9A-HJ-NP-Za-km-z]{24}$/);
    expect(member.apiKey).toHaveLength(36);
    const { authToken } = member;
    await member.regenerate('authToken');
    expect(member.authToken).not.toBe(authToken);
    expect((await Member.findBy({ authToken: member.authToken }))?.id).toBe(member.id);
    expect(member.dup().authToken).not.toBe(member.authToken);
    await Member.insertAll([{ email: 'b' }, { email: 'c' }]);
    expect(new Set(await Member.pluck('authToken')).size).toBe(3);
    expect((await Member.create({ email: 'd', authToken: 'given' })).authToken).toBe('given');
    expect(JSON.stringify(member)).not.toContain(member.authToken);
  });
});
