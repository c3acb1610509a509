import { BaseModel, column, InvalidDefinition, transaction, type Validations } from 'active-record-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Account extends BaseModel.with({
  id: column.id(),
  name: column.string().nullable(),
  settings: column.json<{ theme: string; tabs?: number; words?: string[] }>().default({ theme: 'light' }),
  profile: column.json<{ city: string } | null>().nullable(),
  loose: column.json().nullable(),
  theme: column.store('settings', 'theme'),
  tabs: column.store('settings', 'tabs'),
  words: column.store('settings', 'words'),
  city: column.store('profile', 'city'),
  proto: column.store('loose', '__proto__'),
  maker: column.store('loose', 'constructor'),
}) {
  static validations = { theme: { inclusion: ['light', 'dark'] } } satisfies Validations<typeof Account>;
}

describeModels('keys of JSON attributes', [Account], () => {
  emptyBeforeEach('accounts');

  it('are read and written through the JSON attribute', async () => {
    const account = new Account();
    expect([account.theme, account.tabs, account.city]).toEqual(['light', null, null]);
    account.theme = 'dark';
    account.city = 'Oslo';
    expect([account.settings, account.profile]).toEqual([{ theme: 'dark' }, { city: 'Oslo' }]);
    await account.save();
    const found = await Account.find(account.id);
    expect([found.theme, found.city]).toEqual(['dark', 'Oslo']);
  });

  it('are sent as one UPDATE, however many were written', async () => {
    const { id } = await Account.create({});
    const account = await Account.find(id);
    const sent = await statementsOf(() => account.assign({ theme: 'dark', tabs: 3, words: ['a'] }).save());
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatch(/^UPDATE .accounts. SET .settings. = \S+ WHERE/);
    expect((await Account.find(id)).settings).toEqual({ theme: 'dark', tabs: 3, words: ['a'] });
  });

  it('are changes of the JSON attribute, and only where the value differs', async () => {
    const { id } = await Account.create({ tabs: 3, words: ['a'] });
    const account = await Account.find(id);
    account.assign({ theme: 'light', tabs: 3, words: ['a'], city: null });
    expect(account.changed).toEqual([]);
    account.tabs = 4;
    expect([account.hasChanged('tabs'), account.hasChanged('theme')]).toEqual([true, false]);
    expect(account.changes).toEqual({
      settings: [
        { theme: 'light', tabs: 3, words: ['a'] },
        { theme: 'light', tabs: 4, words: ['a'] },
      ],
    });
    expect(account.attributeWas('tabs')).toBe(3);
    account.tabs = 3;
    expect(account.hasChanged()).toBe(false);
  });

  it('are removed by null', async () => {
    const { id } = await Account.create({ tabs: 3 });
    const account = await Account.find(id);
    await account.update({ tabs: null });
    expect((await Account.find(id)).settings).toEqual({ theme: 'light' });
  });

  it('are taken back one by one', async () => {
    const { id } = await Account.create({ tabs: 3 });
    const account = await Account.find(id);
    account.assign({ tabs: 4, theme: 'dark', city: 'Oslo' });
    account.restoreAttributes(['tabs', 'city']);
    expect(account.changes).toEqual({
      settings: [
        { theme: 'light', tabs: 3 },
        { theme: 'dark', tabs: 3 },
      ],
    });
  });

  it('see what was changed in place', async () => {
    const { id } = await Account.create({ words: ['a'] });
    const account = await Account.find(id);
    account.words?.push('b');
    expect(account.hasChanged('words')).toBe(true);
    await account.save();
    expect((await Account.find(id)).words).toEqual(['a', 'b']);
  });

  it('do not share the default among records', () => {
    const [one, two] = [new Account(), new Account()];
    one.theme = 'dark';
    expect(two.theme).toBe('light');
    expect(new Account().theme).toBe('light');
  });

  it('are validated', async () => {
    const account = new Account({ theme: 'blue' });
    expect(await account.isValid()).toBe(false);
    expect(account.errors.toJSON()).toEqual({ theme: ['is not included in the list'] });
  });

  it('are changes again after a rollback', async () => {
    const { id } = await Account.create({});
    const account = await Account.find(id);
    await expect(
      transaction(async () => {
        await account.update({ theme: 'dark' });
        throw new Error('back');
      }),
    ).rejects.toThrow('back');
    expect([account.theme, account.hasChanged('theme')]).toEqual(['dark', true]);
  });

  it('need the JSON attribute to be selected', async () => {
    await Account.create({});
    const account = await Account.select('id').firstOrFail();
    const read = account as unknown as Account;
    for (const use of [
      () => read.theme,
      () => {
        read.theme = 'dark';
      },
      () => read.attributeWas('theme'),
    ]) {
      const error = await errorOf(use);
      expect([error.code, error.message]).toEqual(['AR_ATTRIBUTE_MISSING', expect.stringMatching(/Account\.settings/)]);
    }
    expect(await read.isValid()).toBe(true);
  });

  it.each([[[1, 2]], [3], ['text'], [true]])('are refused where the JSON is no object: %j', async (json) => {
    const account = new Account({ loose: json });
    for (const use of [
      () => account.maker,
      () => {
        account.maker = 1;
      },
    ]) {
      const error = await errorOf(use);
      expect([error.code, error.message]).toEqual([
        'AR_VALUE_INVALID',
        expect.stringMatching(/Account\.maker is the key "constructor" of Account\.loose, which is no object/),
      ]);
    }
    expect(account.loose).toEqual(json);
  });

  it('refuse what JSON cannot hold, under their own name', async () => {
    const error = await errorOf(() => new Account(Object.fromEntries([['tabs', Number.NaN]])));
    expect([error.code, error.message]).toEqual(['AR_VALUE_INVALID', expect.stringMatching(/Account\.tabs/)]);
  });

  it('are own keys only, whatever they are named', async () => {
    const account = new Account({ loose: {} });
    expect([account.proto, account.maker]).toEqual([null, null]);
    account.assign({ proto: { polluted: true }, maker: 'x' });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(Object.getPrototypeOf(account.loose)).toBe(Object.prototype);
    expect(Reflect.get(account.loose as object, 'polluted')).toBeUndefined();
    await account.save();
    const found = await Account.find(account.id);
    expect([found.proto, found.maker]).toEqual([{ polluted: true }, 'x']);
  });

  it('give back whatever was written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, value) => {
        const account = new Account({ loose: { a: before, constructor: before } });
        account.maker = value;
        expect(account.maker).toEqual(value);
        const isGone = value === null && before !== null;
        const expected: unknown = isGone ? { a: before } : { a: before, constructor: value };
        expect(account.loose).toEqual(expected);
      }),
    );
  });

  const query = Account.all() as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  it.each(['where', 'order', 'pluck', 'select', 'updateAll'])('cannot be named in %s', async (method) => {
    const given = method === 'where' || method === 'updateAll' ? { theme: 'dark' } : 'theme';
    const error = await errorBeforeSending(() => query[method]?.(given, { everyRow: true }));
    expect(error.message).toBe(
      'Account.theme is a key of Account.settings and has no column of its own. In conditions, write whereJson(\'settings\', ["theme"], …).',
    );
  });

  it('are of the classes below, and may be declared there for an attribute of the class above', async () => {
    class Sub extends Account.with({ mode: column.store('settings', 'theme') }) {
      static override tableName = 'accounts';
    }
    const sub = new Sub({ mode: 'dark' });
    expect([sub.mode, sub.theme]).toEqual(['dark', 'dark']);
  });

  it('can have a getter of the class around them', () => {
    class Loud extends Account {
      override get theme() {
        return super.theme.toUpperCase();
      }
      override set theme(value: string) {
        super.theme = value.toLowerCase();
      }
    }
    const loud = new Loud({ theme: 'DARK' });
    expect([loud.theme, loud.settings.theme]).toEqual(['DARK', 'dark']);
  });
});

describe('declarations of keys of JSON attributes', () => {
  it('say where the model has no JSON attribute', () => {
    class Odd extends BaseModel.with({ id: column.id(), key: column.store('settings' as never, 'x') }) {}
    expect(() => new Odd()).toThrow(/"settings", which is no attribute. The model has no JSON attribute./);
  });

  it.each([
    [
      'an unknown attribute',
      { key: column.store('setings', 'x') },
      /"setings", which is no attribute. Did you mean "settings"/,
    ],
    ['an attribute that is no JSON', { key: column.store('name', 'x') }, /is of type string and not json/],
  ])('refuse %s', (_, definition, message) => {
    const columns = { id: column.id(), name: column.string(), settings: column.json() };
    class Odd extends BaseModel.with({ ...columns, ...(definition as object) }) {}
    expect(() => new Odd()).toThrow(InvalidDefinition);
    expect(() => new Odd()).toThrow(message);
  });

  it('refuse empty names', () => {
    expect(() => column.store('settings', '')).toThrow(InvalidDefinition);
  });

  it('refuse a field of that name', () => {
    class Hidden extends BaseModel.with({
      id: column.id(),
      settings: column.json(),
      theme: column.store('settings', 'x'),
    }) {}
    Object.defineProperty(Hidden, 'name', { value: 'Hidden' });
    const Field = class extends Hidden {
      override theme = 1;
    };
    expect(() => new Field()).toThrow(/class field "theme"/);
  });
});
