import { BaseModel, belongsTo, column, hasMany, type Validations } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Shelf extends BaseModel.with({
  id: column.id(),
  code: column.uuid().nullable(),
  price: column.decimal(8, 2).nullable(),
  day: column.date().nullable(),
  meta: column.json<string | object>().nullable(),
  ratio: column.double().nullable(),
  note: column.text().nullable(),
  get tomes() {
    return hasMany(Tome);
  },
}) {}
class Tome extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  shelfId: column.references('shelves'),
  get shelf() {
    return belongsTo(Shelf);
  },
}) {
  static validations = { shelf: { presence: true } } satisfies Validations<typeof Tome>;
}

/** A model of the shelves with these validations. */
function shelfWith(rules: Validations<typeof Shelf>) {
  return class Ruled extends Shelf {
    static override tableName = 'shelves';
    static validations = rules;
  };
}

describeModels('validations at the edges', [Shelf, Tome], () => {
  emptyBeforeEach('tomes', 'shelves');

  it('compare text as it is told, and what is no text as its column does', async () => {
    for (const caseSensitive of [true, false]) {
      const rule = { uniqueness: { caseSensitive } };
      const Model = shelfWith({ code: rule, price: rule, day: rule, meta: rule });
      const values = {
        code: caseSensitive ? '6f9619ff-8b86-4011-b42d-00c04fc964ff' : '7f9619ff-8b86-4011-b42d-00c04fc964ff',
        price: caseSensitive ? '1.50' : '2.50',
        day: caseSensitive ? '2024-01-02' : '2024-01-03',
        meta: `text ${caseSensitive}`,
      };
      await Model.create(values);
      const second = new Model(values);
      expect(await second.isValid()).toBe(false);
      const taken = ['has already been taken'];
      expect(second.errors.toJSON()).toEqual({ code: taken, price: taken, day: taken, meta: taken });
    }
  });

  it('judge a long text of spaces at once', async () => {
    const Model = shelfWith({ note: { numericality: true } });
    const shelf = new Model({ note: `${' '.repeat(200_000)}x` });
    const begun = performance.now();
    expect(await shelf.isValid()).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(await new Model({ note: ' \n-1.5 ' }).isValid()).toBe(true);
  });

  it('take both zeros for one', async () => {
    const Model = shelfWith({ ratio: { inclusion: [0, 1] } });
    expect(await new Model({ ratio: -0 }).isValid()).toBe(true);
  });

  it('name values that have no text, and find them to be no text', async () => {
    const meta: object = JSON.parse('{ "toString": 1, "valueOf": 1 }');
    const Model = shelfWith({ meta: { format: /x/ } });
    const shelf = new Model({ meta });
    expect(await shelf.isValid()).toBe(false);
    expect(shelf.errors.toJSON()).toEqual({ meta: ['is invalid'] });
    const custom = new (shelfWith({ meta: { custom: () => 'bad', message: '{value} is bad' } }))({ meta });
    expect(await custom.isValid()).toBe(false);
    expect(custom.errors.on('meta')).toEqual(['an object is bad']);
  });

  it('about a belongsTo are skipped where its key was not selected', async () => {
    const shelf = await Shelf.create({});
    await Tome.create({ title: 'One', shelfId: shelf.id });
    const tome = await Tome.select('id', 'title').first();
    tome?.assign({ title: 'Two' });
    await tome?.save();
    expect(await Tome.pluck('title')).toEqual(['Two']);
    expect(await new Tome({ title: 'Three' }).isValid()).toBe(false);
  });

  it('of two saves of one new record at once do not take its own row for another', async () => {
    const Model = shelfWith({ note: { uniqueness: true } });
    for (let turns = 0; turns < 40; turns++) {
      const shelf = new Model({ note: `note ${turns}` });
      const first = shelf.save();
      for (let turn = 0; turn < turns; turn++) await (turns % 2 === 0 ? new Promise(setImmediate) : Promise.resolve());
      await Promise.all([first, shelf.save()]);
    }
    expect(await Shelf.count()).toBe(40);
  });

  it('cannot save or validate the record that they judge', async () => {
    for (const again of ['save', 'isValid'] as const) {
      const Model = shelfWith({
        note: {
          custom: async (_: unknown, record: { save(): Promise<unknown>; isValid(): Promise<boolean> }) => {
            await record[again]();
            return undefined;
          },
        },
      });
      expect(await errorOf(() => new Model({ note: 'x' }).save())).toMatchObject({ code: 'AR_QUERY_INVALID' });
    }
    expect(await Shelf.count()).toBe(0);
  });
});

describeModels('validations that name other properties', [], () => {
  class Named extends BaseModel.with({
    id: column.id(),
    name: column.string().nullable(),
    size: column.integer().nullable(),
  }) {}
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['confirmation', { name: { confirmation: true } }, /"nameConfirmation", which Odd does not have/],
    [
      'confirmation with',
      { name: { confirmation: { with: 'nam' } } },
      /"nam", which Odd does not have. Did you mean "name"/,
    ],
    ['comparison', { size: { comparison: { greaterThan: { attribute: 'siz' } } } }, /"siz", which Odd does not have/],
    ['numericality', { size: { numericality: { max: { attribute: 'siz' } } } }, /"siz", which Odd does not have/],
  ];
  it.each(cases)('refuse one that is not there: %s', async (_, rules, message) => {
    class Odd extends Named {
      static validations = rules as never;
    }
    const error = await errorBeforeSending(() => new Odd().isValid());
    expect([error.code, error.message]).toEqual(['AR_DEFINITION_INVALID', expect.stringMatching(message)]);
  });

  it('find no error in a custom rule that gives an empty text', async () => {
    class Odd extends Named {
      static validations = { name: { custom: () => '' } };
    }
    const odd = new Odd();
    expect([await odd.isValid(), odd.errors.size]).toEqual([true, 0]);
  });
});
