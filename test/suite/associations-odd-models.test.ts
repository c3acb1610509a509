/** Associations of models that are out of the ordinary: without a primary key, without declared columns, with members of the same name. */
import { describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  FieldHidesAttribute,
  hasMany,
  hasOne,
  InvalidDefinition,
  type Query,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Journal extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get entries() {
    return hasMany(Entry);
  },
  get deletedEntries() {
    return hasMany(Entry, { dependent: 'deleteAll' });
  },
  get destroyedEntries() {
    return hasMany(Entry, { dependent: 'destroy' });
  },
  get entry() {
    return hasOne(Entry);
  },
}) {}
/** Its rows have nothing to be named by. */
class Entry extends BaseModel.with({
  text: column.string(),
  journalId: column.integer().nullable(),
  get journal() {
    return belongsTo(Journal, { optional: true });
  },
}) {}

describeModels('odd models', [Journal, Entry], () => {
  emptyBeforeEach('entries', 'journals');

  async function twoJournals(): Promise<[Journal, Journal]> {
    const one = await Journal.create({ name: 'one' });
    const two = await Journal.create({ name: 'two' });
    await Entry.insertAll([
      { text: 'a', journalId: one.id },
      { text: 'b', journalId: one.id },
      { text: 'c', journalId: two.id },
    ]);
    return [one, two];
  }

  describe('rows without a primary key', () => {
    const rows = () => Entry.order('text').pluck('text', 'journalId');

    test.each(['entries', 'deletedEntries', 'destroyedEntries'] as const)(
      'are not let go of one by one, since each would stand for all: %s',
      async (name) => {
        const [journal] = await twoJournals();
        const before = await rows();
        const [first] = await journal[name];
        if (first === undefined) throw new Error('there are entries');
        for (const write of [
          () => journal[name].remove(first),
          () => journal[name].clear(),
          () => journal[name].set([]).then(() => undefined),
        ]) {
          const error = await errorOf(write);
          expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
          expect(error.message).toMatch(/Entry has no primary key, so its row cannot be named/);
        }
        expect(await errorBeforeSending(() => journal[name].remove(first))).toMatchObject({ code: 'AR_QUERY_INVALID' });
        expect(await rows()).toEqual(before);
        expect(await journal[name]).toHaveLength(2);
        // By conditions they are.
        expect(await journal[name].where({ text: 'a' }).deleteAll()).toBe(1);
        expect(await rows()).toHaveLength(2);
      },
    );

    test('are not replaced by another one', async () => {
      const [journal] = await twoJournals();
      const before = await rows();
      await journal.entry;
      expect(
        await errorOf(async () => {
          await journal.entry.set(new Entry({ text: 'new' }));
          await journal.save();
        }),
      ).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(await rows()).toEqual(before);
    });

    test('are not looked for: the answer would be yes for each', async () => {
      const [journal, other] = await twoJournals();
      const [foreign] = await other.entries;
      if (foreign === undefined) throw new Error('there is an entry');
      expect(await errorBeforeSending(() => journal.entries.contains(foreign))).toMatchObject({
        code: 'AR_QUERY_INVALID',
      });
      await journal.entries;
      expect(await journal.entries.contains(foreign)).toBe(false);
    });

    test('are loaded with a limit for each owner', async () => {
      await twoJournals();
      const limited = await Journal.order('id').includes({
        entries: (entries: Query<typeof Entry>) => entries.limit(1),
      });
      expect(limited.map(({ entries }) => entries.length)).toEqual([1, 1]);
    });
  });

  describe('without declared columns', () => {
    function bareModels() {
      class BareJournal extends BaseModel.with({
        get entries() {
          return hasMany(BareEntry, { foreignKey: 'journalId' });
        },
      }) {
        static override tableName = 'journals';
        declare id: number;
        declare name: string;
      }
      class BareEntry extends BaseModel.with({
        get journal() {
          return belongsTo(BareJournal, { optional: true });
        },
      }) {
        static override tableName = 'entries';
        declare text: string;
        declare journalId: number | null;
      }
      return { BareJournal, BareEntry };
    }

    test('the columns are read from the database, whatever is asked first', async () => {
      await twoJournals();
      const asked: unknown[] = [];
      asked.push((await bareModels().BareJournal.order('id').includes('entries')).map(({ entries }) => entries.length));
      asked.push(
        (await bareModels().BareJournal.order('id').eagerLoad('entries')).map(({ entries }) => entries.length),
      );
      asked.push((await bareModels().BareEntry.includes('journal')).map(({ journal }) => journal.value?.name).sort());
      asked.push(
        (await bareModels().BareJournal.order('id').withCount('entries')).map(({ entriesCount }) => entriesCount),
      );
      const { BareJournal, BareEntry } = bareModels();
      const [first] = await BareEntry.order('text');
      asked.push((await first?.journal)?.name);
      const [, journal] = await BareJournal.order('id');
      const entry = journal?.entries.build();
      if (entry === undefined) throw new Error('there is a journal');
      entry.text = 'd';
      await entry.save();
      asked.push(await journal?.entries.count());
      asked.push(await BareJournal.whereHas('entries').count(), await BareJournal.joins('entries').count());
      expect(asked).toEqual([[2, 1], [2, 1], ['one', 'one', 'two'], [2, 1], 'one', 2, 2, 4]);
    });

    test('a statement that names columns of the other side has to know them', async () => {
      const { BareJournal, BareEntry } = bareModels();
      expect(await errorOf(() => BareJournal.whereHas('entries').count())).toMatchObject({
        code: 'AR_COLUMNS_NOT_LOADED',
      });
      await BareEntry.loadColumns();
      expect(await BareJournal.whereHas('entries').count()).toBe(0);
    });

    test('there is no table to be made of them', () => {
      expect(() => bareModels().BareJournal.tableSpec()).toThrow(/declares no columns/);
    });
  });

  describe('members of the same name', () => {
    test('a class field that hides an association is reported, and not one that is only declared', async () => {
      class Hiding extends BaseModel.with({
        id: column.id(),
        name: column.string(),
        get entries() {
          return hasMany(Entry, { foreignKey: 'journalId' });
        },
      }) {
        static override tableName = 'journals';
      }
      // As plain JavaScript would have it: TypeScript does not let a field stand for an accessor.
      const WithField = Function(
        'Parent',
        'return class WithField extends Parent { entries = []; }',
      )(Hiding) as typeof Hiding;
      await twoJournals();
      for (const use of [() => new WithField({ name: 'x' }), () => WithField.first()]) {
        const error = await errorOf(use);
        expect(error).toBeInstanceOf(FieldHidesAttribute);
        expect(error.message).toMatch(/class field "entries" of WithField hides the association/);
      }
      expect(await Hiding.count()).toBe(2);
      expect((await Hiding.first())?.name).toBe('one');
    });

    test('a name means one thing in a class and those below', async () => {
      const messageOf = async (run: () => unknown) => {
        const error = await errorOf(run);
        expect(error).toBeInstanceOf(InvalidDefinition);
        return error.message;
      };
      const plain: { with(definition: object): unknown } = Journal;
      expect(
        await messageOf(() =>
          plain.with({
            get entries() {
              return hasMany(Entry);
            },
          }),
        ),
      ).toMatch(/The association "entries" has the name of an association that Journal declares/);
      expect(
        await messageOf(() =>
          plain.with({
            get name() {
              return hasMany(Entry);
            },
          }),
        ),
      ).toMatch(/The association "name" has the name of an attribute that Journal declares/);
      expect(await messageOf(() => plain.with({ entries: column.string() }))).toMatch(
        /The attribute "entries" has the name of an association that Journal declares/,
      );
      expect(
        await messageOf(() =>
          BaseModel.with({
            get reload() {
              return hasMany(Entry);
            },
          }),
        ),
      ).toMatch(/^An association cannot be named "reload".*Give the association another name/);
    });
  });

  test('a getter that throws is an error of the definition, with what it threw', async () => {
    const missing: { model?: typeof Entry } = {};
    class Early extends BaseModel.with({
      id: column.id(),
      name: column.string(),
      get entries() {
        if (missing.model === undefined) throw new ReferenceError("Cannot access 'Entry' before initialization");
        return hasMany(missing.model, { foreignKey: 'journalId' });
      },
    }) {
      static override tableName = 'journals';
    }
    await twoJournals();
    const early = await Early.first();
    for (const use of [() => early?.entries, () => Early.includes('entries'), () => Early.joins('entries').count()]) {
      const error = await errorBeforeSending(use);
      expect(error).toBeInstanceOf(InvalidDefinition);
      expect(error.message).toMatch(/The getter of Early\.entries threw: Cannot access 'Entry'/);
      expect(error.cause).toBeInstanceOf(ReferenceError);
    }
    // It is asked again.
    missing.model = Entry;
    expect(await early?.entries).toHaveLength(2);
  });

  test('a loop over a collection that builds more of its records comes to an end', async () => {
    const [{ id }] = await twoJournals();
    const journal = await Journal.includes('entries').find(id);
    const copy = ({ text }: Entry) => journal.entries.build({ text: `${text} again` });
    for (const entry of journal.entries) copy(entry);
    expect(journal.entries.length).toBe(4);
    journal.entries.forEach(copy);
    expect(journal.entries.length).toBe(8);
    for await (const entry of journal.entries) copy(entry);
    expect(journal.entries.length).toBe(16);
    expect(await statementsOf(() => journal.entries.map(copy))).toEqual([]);
    expect(journal.entries.length).toBe(32);
  });

  test('the connection is left open', () => {
    expect(connections.get().state).toBe('open');
  });
});
