import { inspect } from 'node:util';
import { BaseModel, column, Deadlocked, InvalidDefinition, type TableColumns, transaction } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  login: column.string(),
  password: column.string().nullable(),
  passwordConfirmation: column.string().nullable().virtual(),
  terms: column.boolean().default(false).virtual(),
  begins: column.datetime().nullable().virtual(),
  extra: column.json<{ tags: string[] }>().default({ tags: [] }).virtual(),
  secret: column.string().nullable().sensitive().virtual(),
}) {
  static validations = {
    password: { confirmation: true },
    terms: { acceptance: true, on: 'signup' },
    secret: { presence: true, on: 'secrecy' },
  };
}

describeModels('virtual attributes', [Account], () => {
  emptyBeforeEach('accounts');

  it('are not in the table, and in no statement of a record', async () => {
    const sent = await statementsOf(async () => {
      const made = await Account.create({ login: 'ada', terms: true, passwordConfirmation: null });
      await made.update({ login: 'eve', terms: false });
      await Account.find(made.id);
      await made.reload();
    });
    expect(sent).toHaveLength(4);
    for (const each of sent) expect(each).not.toMatch(/terms|confirm|virtual|begins|extra|secret/i);
  });

  it('are cast on assignment, and refuse what does not fit', async () => {
    const account = new Account({ login: 'x' }).assign(JSON.parse('{"terms":"1","begins":"2024-01-02T03:04:05Z"}'));
    expect(account.terms).toBe(true);
    expect(account.begins).toEqual(new Date('2024-01-02T03:04:05Z'));
    expect((await errorOf(() => account.assign(JSON.parse('{"terms":"perhaps"}')))).message).toMatch(/Account\.terms/);
    expect(account.terms).toBe(true);
  });

  it('have their default on new and on loaded records, each its own', async () => {
    await Account.create({ login: 'ada' });
    const [one, two] = [await Account.firstOrFail(), await Account.firstOrFail()];
    for (const each of [new Account(), one, two]) {
      expect(each.terms).toBe(false);
      expect(each.passwordConfirmation).toBeNull();
      expect(each.extra).toEqual({ tags: [] });
      expect(each.changed).toEqual([]);
    }
    expect((await Account.firstOrFail()).attributeWas('terms')).toBe(false);
    one.extra.tags.push('x');
    expect(two.extra).toEqual({ tags: [] });
    expect(one.changed).toEqual(['extra']);
  });

  it('are there on a record of which only some columns were selected', async () => {
    await Account.create({ login: 'ada' });
    const account = await Account.select('login').firstOrFail();
    expect(account.terms).toBe(false);
    expect(account.attributes).toEqual({
      login: 'ada',
      passwordConfirmation: null,
      terms: false,
      begins: null,
      extra: { tags: [] },
      secret: null,
    });
  });

  it('are tracked: changed, before and after, taken back', async () => {
    await Account.create({ login: 'ada' });
    const account = await Account.firstOrFail();
    account.terms = true;
    expect(account.changed).toEqual(['terms']);
    expect(account.changes).toEqual({ terms: [false, true] });
    expect(account.hasChanged('terms')).toBe(true);
    expect(account.attributeWas('terms')).toBe(false);
    account.terms = false;
    expect(account.hasChanged()).toBe(false);
    account.terms = true;
    expect(account.restoreAttributes(['terms']).terms).toBe(false);
    account.begins = new Date(5);
    expect(account.restoreAttributes().begins).toBeNull();
  });

  it('are in previousChanges of the save, and no changes after it', async () => {
    const account = new Account({ login: 'ada', terms: true, begins: new Date(7) });
    await account.save();
    expect(account.previousChanges).toMatchObject({ terms: [false, true], begins: [null, new Date(7)] });
    expect(account.changed).toEqual([]);
    expect(account.terms).toBe(true);
    await account.update({ login: 'eve', begins: new Date(9) });
    expect(account.previousChanges).toEqual({ login: ['ada', 'eve'], begins: [new Date(7), new Date(9)] });
    account.begins?.setTime(11);
    expect(account.changes).toEqual({ begins: [new Date(9), new Date(11)] });
  });

  it('are saved without a statement where nothing else has changed, and are validated then', async () => {
    const account = await Account.create({ login: 'ada', password: 'x' });
    expect(await statementsOf(() => account.update({ terms: true }))).toEqual([]);
    expect(account.previousChanges).toEqual({ terms: [false, true] });
    expect(account.changed).toEqual([]);
    await account.save();
    expect(account.previousChanges).toEqual({});
    expect((await errorBeforeSending(() => account.update({ passwordConfirmation: 'y' }))).code).toBe(
      'AR_RECORD_INVALID',
    );
    expect(account.changed).toEqual(['passwordConfirmation']);
  });

  it('are validated: presence, confirmation, acceptance', async () => {
    const account = new Account({ login: 'ada', password: 'x', passwordConfirmation: 'y' });
    await account.isValid('signup');
    expect(account.errors.toJSON()).toEqual({
      passwordConfirmation: ["doesn't match Password"],
      terms: ['must be accepted'],
    });
    await account.assign({ terms: true, passwordConfirmation: 'x' }).validate('signup');
    expect(await account.isValid('secrecy')).toBe(false);
  });

  it('go back to their default when the record is reloaded', async () => {
    const account = await Account.create({ login: 'ada', terms: true, begins: new Date(7) });
    await account.reload();
    expect([account.terms, account.begins, account.changed]).toEqual([false, null, []]);
  });

  it('are in attributes, JSON and inspect, but for sensitive ones', async () => {
    const account = new Account({ login: 'ada', terms: true, secret: 'hush' });
    expect(account.attributes.secret).toBe('hush');
    expect(JSON.parse(JSON.stringify(account))).toEqual({
      id: null,
      login: 'ada',
      password: null,
      passwordConfirmation: null,
      terms: true,
      begins: null,
      extra: { tags: [] },
    });
    expect(inspect(account)).toMatch(/terms: true.*secret: \[hidden\]/s);
  });

  it('are changes again when the save is rolled back, of an insert and of an update', async () => {
    const fresh = new Account({ login: 'ada', terms: true });
    const old = await Account.create({ login: 'eve', begins: new Date(1) });
    await expect(
      transaction(async () => {
        await fresh.save();
        await old.update({ login: 'eva', begins: new Date(2) });
        throw new Error('back');
      }),
    ).rejects.toThrow('back');
    expect([fresh.isNewRecord, fresh.changes]).toMatchObject([true, { terms: [false, true] }]);
    expect(old.changes).toEqual({ login: ['eve', 'eva'], begins: [new Date(1), new Date(2)] });
  });

  it('are changes again when a save without a statement is rolled back', async () => {
    const account = await Account.create({ login: 'ada' });
    await expect(
      transaction(async () => {
        await account.update({ terms: true });
        expect(account.changed).toEqual([]);
        throw new Error('back');
      }),
    ).rejects.toThrow('back');
    expect(account.changes).toEqual({ terms: [false, true] });
    expect(account.previousChanges).toMatchObject({ login: [null, 'ada'] });
  });

  it('are as before the attempt when a transaction is run again', async () => {
    const account = await Account.create({ login: 'ada' });
    const seen: unknown[] = [];
    await transaction(
      async () => {
        seen.push(account.terms, account.begins);
        account.assign({ terms: true, begins: new Date(3) });
        await account.save();
        if (seen.length === 2) throw new Deadlocked('again', { sql: 'UPDATE', binds: [], cause: undefined });
      },
      { retries: 1 },
    );
    expect(seen).toEqual([false, null, false, null]);
  });

  it('cannot be unique', async () => {
    class Odd extends Account {
      static override tableName = 'accounts';
      static override validations = { terms: { uniqueness: true } } as never;
    }
    const error = await errorBeforeSending(() => new Odd({ login: 'x' }).isValid());
    expect(error.message).toMatch(/has no option "uniqueness"/);
  });

  const query = Account.all() as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const uses: readonly (readonly [string, () => unknown])[] = [
    ['where', () => query.where?.({ terms: true })],
    ['order', () => query.order?.('terms')],
    ['pluck', () => query.pluck?.('terms')],
    ['select', () => query.select?.('terms')],
    ['group', () => Account.group(JSON.parse('"terms"')).count()],
    ['sum', () => query.sum?.('terms')],
    ['updateAll', () => query.updateAll?.({ terms: true }, { everyRow: true })],
    ['insertAll', () => query.insertAll?.([{ login: 'x', terms: true }])],
    ['findBy', () => query.findBy?.({ terms: true })],
    ['findOrCreateBy', () => query.findOrCreateBy?.({ terms: true })],
  ];
  it.each(uses)('cannot be named in %s', async (_, use) => {
    const error = await errorBeforeSending(use);
    expect(error.message).toBe(
      'Account.terms is virtual: it has no column. Statements can name only attributes that are in the table.',
    );
    expect(error.code).toBe('AR_QUERY_INVALID');
  });

  it('cannot be written by updateColumns', async () => {
    const account = await Account.create({ login: 'ada' });
    const error = await errorBeforeSending(() => account.updateColumns(JSON.parse('{"terms":true}')));
    expect(error.message).toMatch(/Account\.terms is virtual/);
  });

  it('are given to the record that findOrCreateBy makes', async () => {
    const account = await Account.all().findOrCreateBy({ login: 'ada' }, { terms: true });
    expect(account.terms).toBe(true);
  });

  it('of a class above are those of the classes below, which may give them a column', async () => {
    class Sub extends Account.with({ more: column.integer().nullable().virtual() }) {
      static override tableName = 'accounts';
    }
    const sub = await Sub.create({ login: 'x', terms: true, more: 3 });
    expect([sub.terms, sub.more]).toEqual([true, 3]);
    class Deeper extends Account.with({ secret: column.string() }) {}
    expect(Deeper.tableSpec().columns.map(({ name }) => name)).toEqual(['id', 'login', 'password', 'secret']);
  });
});

describeModels('virtual attributes of a model without a definition', [Account], () => {
  class Bare extends BaseModel.with({ terms: column.boolean().default(false).virtual() }) {
    static override tableName = 'accounts';
  }

  it('stand beside the columns that were read', async () => {
    await Bare.loadColumns();
    const bare = new Bare(JSON.parse('{"login":"ada","terms":true}'));
    await bare.save();
    expect(Object.keys(bare.attributes)).toEqual(['id', 'login', 'password', 'terms']);
  });
});

describe('declarations of virtual attributes', () => {
  it.each([
    ['a key', () => column.id().virtual()],
    ['an index', () => column.string().unique().virtual()],
    ['a reference', () => column.references('users').virtual()],
    ['scopes', () => column.enum(['a'], { scopes: true }).virtual()],
    ['the name of a column', () => column.string().column('x').virtual()],
  ])('refuse %s', (_, declare) => {
    expect(declare).toThrow(InvalidDefinition);
  });

  it('are refused where the class above has a column of that name', () => {
    expect(() => Account.with({ login: column.string().nullable().virtual() })).toThrow(
      /"login" has a column in Account/,
    );
  });

  it('are refused twice', () => {
    expect(() => BaseModel.with({ a: column.string().nullable().virtual() }, { a: column.string() })).toThrow(
      /declared twice/,
    );
  });

  it('are refused by tables', async () => {
    const { Migration } = await import('active-record-ts');
    class Make extends Migration {
      change() {
        const columns: object = { id: column.id(), terms: column.boolean().nullable().virtual() };
        this.createTable('makes', columns as TableColumns);
      }
    }
    expect(() => new Make().change()).toThrow(/makes\.terms is virtual: it has no column/);
    class Add extends Migration {
      change() {
        const terms: unknown = column.boolean().nullable().virtual();
        this.addColumn('makes', 'terms', terms as TableColumns[string]);
      }
    }
    expect(() => new Add().change()).toThrow(/makes\.terms is virtual/);
  });
});
