import { BaseModel, column, gt, sql, transaction, withoutTransaction } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Member extends BaseModel.with({
  id: column.id(),
  email: column.string(60).unique(),
  nick: column.string(20).nullable().unique(),
  role: column.enum(['member', 'admin'], { scopes: true }).default('member'),
  age: column.integer().nullable(),
  score: column.double().nullable(),
  settings: column.json<{ dark: boolean }>().nullable(),
  ...column.timestamps(),
}) {
  override set email(value: string) {
    super.email = value.toLowerCase();
  }
  override get email(): string {
    return super.email;
  }
}

describeModels('finding or creating', [Member], ({ dialect }) => {
  emptyBeforeEach('members');

  it('finds, or makes a record of the conditions', async () => {
    const ada = await Member.findOrCreateBy({ email: 'ada' }, { age: 36 });
    expect(ada.attributes).toMatchObject({ email: 'ada', age: 36, role: 'member' });
    expect(ada.isPersisted).toBe(true);
    expect((await Member.findOrCreateBy({ email: 'ada' }, { age: 1 })).attributes).toEqual(ada.attributes);
    expect((await Member.createOrFindBy({ email: 'ada' })).id).toBe(ada.id);
    expect((await Member.createOrFindBy({ email: 'bob' })).email).toBe('bob');
    expect((await Member.findOrInitializeBy({ email: 'bob' })).isPersisted).toBe(true);
    const cyd = await Member.findOrInitializeBy({ email: 'cyd', age: null }, { nick: 'c' });
    expect([cyd.isNewRecord, cyd.email, cyd.nick, cyd.age]).toEqual([true, 'cyd', 'c', null]);
    expect(await Member.count()).toBe(2);
    expect(await statementsOf(() => Member.findOrCreateBy({ email: 'ada' }))).toHaveLength(1);
  });

  it('gives a new record the values that its query is about', async () => {
    const admin = await Member.where({ role: 'admin', age: 40, settings: { dark: true } })
      .where({ id: gt(0) })
      .where(sql`1 = 1`)
      .findOrCreateBy({ email: 'a' });
    expect(admin.attributes).toMatchObject({ role: 'admin', age: 40, settings: { dark: true } });
    expect((await Member.all().admin().findOrCreateBy({ email: 'a' })).id).toBe(admin.id);
    const other = await Member.where({ role: ['admin', 'member'], age: 3 }).findOrInitializeBy(
      { email: 'b' },
      { age: 4 },
    );
    expect([other.role, other.age]).toEqual(['member', 4]);
    // It is there, but not in this query: what the database says of the new one is the answer.
    const taken = await errorOf(() => Member.where({ role: 'member' }).findOrCreateBy({ email: 'a' }));
    expect(taken.code).toBe('AR_RECORD_INVALID');
    const nick = await Member.create({ email: 'n', nick: 'same' });
    expect((await errorOf(() => Member.findOrCreateBy({ email: 'm' }, { nick: 'same' }))).code).toBe(
      'AR_RECORD_INVALID',
    );
    expect((await Member.createOrFindBy({ nick: 'same' }, { email: 'x' })).id).toBe(nick.id);
  });

  it('makes one row of a hundred at once', async () => {
    const hundred = Array.from({ length: 100 });
    const created = await Promise.all(hundred.map(() => Member.createOrFindBy({ email: 'race' })));
    const found = await Promise.all(hundred.map(() => Member.findOrCreateBy({ email: 'again' }, { age: 1 })));
    expect(new Set(created.map(({ id }) => id)).size).toBe(1);
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
    expect(await Member.count()).toBe(2);
    const inside = await Promise.all(
      hundred.map(() => transaction(() => Member.findOrCreateBy({ email: 'inside' }, { age: 2 }))),
    );
    expect(new Set(inside.map((member) => member?.id)).size).toBe(1);
  });

  it('keeps a transaction sound', async () => {
    const ada = await Member.create({ email: 'ada' });
    await transaction(async () => {
      const before = await Member.create({ email: 'before' });
      expect((await Member.createOrFindBy({ email: 'ada' })).id).toBe(ada.id);
      expect((await Member.createOrFindBy({ email: 'new' })).isPersisted).toBe(true);
      expect((await Member.findOrCreateBy({ email: 'before' })).id).toBe(before.id);
    });
    expect(await Member.order('email').pluck('email')).toEqual(['ada', 'before', 'new']);
  });

  // SQLite has one writer: nobody can come between.
  it.runIf(dialect !== 'sqlite')('finds what another transaction has added since this one has looked', async () => {
    const other = await transaction(async () => {
      expect(await Member.count()).toBe(0);
      const made = await withoutTransaction(() => Member.create({ email: 'late' }));
      expect((await Member.findOrCreateBy({ email: 'late' })).id).toBe(made.id);
      await Member.create({ email: 'after' });
      return made;
    });
    expect(await Member.order('id').pluck('email')).toEqual([other?.email, 'after']);
  });

  it('takes values only, and says so before anything is sent', async () => {
    const cases: [unknown, unknown, string][] = [
      [{}, undefined, 'AR_QUERY_INVALID'],
      [null, undefined, 'AR_QUERY_INVALID'],
      ['ada', undefined, 'AR_QUERY_INVALID'],
      [new Map([['email', 'x']]), undefined, 'AR_QUERY_INVALID'],
      [sql`1 = 1`, undefined, 'AR_QUERY_INVALID'],
      [{ age: gt(1) }, undefined, 'AR_QUERY_INVALID'],
      [{ age: sql`1` }, undefined, 'AR_QUERY_INVALID'],
      [{ settings: gt(1) }, undefined, 'AR_QUERY_INVALID'],
      [{ age: [1, 2] }, undefined, 'AR_VALUE_INVALID'],
      [{ email: undefined }, undefined, 'AR_VALUE_INVALID'],
      [{ age: Number.NaN }, undefined, 'AR_VALUE_INVALID'],
      [{ email: { gt: '' } }, undefined, 'AR_VALUE_INVALID'],
      [{ nope: 1 }, undefined, 'AR_ATTRIBUTE_UNKNOWN'],
      [{ email: 'x' }, { email: 'y' }, 'AR_QUERY_INVALID'],
      [{ email: 'x' }, [], 'AR_QUERY_INVALID'],
      [{ email: 'x' }, null, 'AR_QUERY_INVALID'],
      [{ email: 'x' }, { nope: 1 }, 'AR_ATTRIBUTE_UNKNOWN'],
      [{ email: 'x' }, { age: 'old' }, 'AR_VALUE_INVALID'],
    ];
    for (const [conditions, attributes, code] of cases) {
      const given = [conditions as never, attributes as never] as const;
      for (const find of [
        () => Member.findOrInitializeBy(...given),
        () => Member.findOrCreateBy(...given),
        () => Member.createOrFindBy(...given),
      ])
        expect((await errorBeforeSending(find)).code, String(find)).toBe(code);
    }
    expect(await Member.count()).toBe(0);
  });
});
