/**
 * Random graphs of records, built in random ways and saved from where it happens, are in the database what the same graph
 * of plain objects says; and so after random changes to it. Read back in every way there is.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
  sql,
} from '../../lib/index.ts';
import { describeModels } from '../support/models.ts';

class Owner extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  bossId: column.references('owners').nullable(),
  get boss() {
    return belongsTo(Owner, { optional: true });
  },
  get staff() {
    return hasMany(Owner, { foreignKey: 'bossId', dependent: 'nullify' });
  },
  get items() {
    return hasMany(Item, { dependent: 'destroy' });
  },
  get marks() {
    return hasMany(Mark, { through: 'items' });
  },
  get card() {
    return hasOne(Card, { dependent: 'destroy' });
  },
  get labels() {
    return hasAndBelongsToMany(Label);
  },
  get memberships() {
    return hasMany(Membership, { dependent: 'destroy' });
  },
  get groups() {
    return hasMany(Group, { through: 'memberships' });
  },
  get notes() {
    return hasMany(Note, { as: 'subject', dependent: 'deleteAll' });
  },
}) {}
class Item extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  ownerId: column.references('owners'),
  get owner() {
    return belongsTo(Owner);
  },
  get marks() {
    return hasMany(Mark, { dependent: 'deleteAll' });
  },
  get notes() {
    return hasMany(Note, { as: 'subject', dependent: 'destroy' });
  },
}) {}
class Mark extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  itemId: column.references('items'),
  get item() {
    return belongsTo(Item);
  },
}) {}
class Card extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  ownerId: column.references('owners'),
  get owner() {
    return belongsTo(Owner);
  },
}) {}
class Label extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get owners() {
    return hasAndBelongsToMany(Owner);
  },
}) {}
class Group extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get memberships() {
    return hasMany(Membership, { dependent: 'destroy' });
  },
}) {}
class Membership extends BaseModel.with({
  id: column.id(),
  ownerId: column.references('owners'),
  groupId: column.references('groups'),
  get owner() {
    return belongsTo(Owner);
  },
  get group() {
    return belongsTo(Group);
  },
}) {}
class Note extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  subjectId: column.integer().nullable(),
  subjectType: column.string().nullable(),
  get subject() {
    return belongsTo(polymorphic([Owner, Item]), { optional: true });
  },
}) {}

// ---- the plain graph ----

interface PlainItem {
  name: string;
  marks: string[];
  notes: string[];
}
interface PlainOwner {
  name: string;
  boss: number | null;
  items: PlainItem[];
  card: string | null;
  labels: number[];
  groups: number[];
  notes: string[];
}

const pool = 4;
const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 6 });
const few = <T>(of: fc.Arbitrary<T>, maxLength = 3) => fc.array(of, { maxLength });
const picks = fc.uniqueArray(fc.nat({ max: pool - 1 }), { maxLength: pool });
const plainItem = fc.record({ name: word, marks: few(word), notes: few(word, 2) });
const plainOwner = (count: number) =>
  fc.record({
    name: word,
    boss: fc.option(fc.nat({ max: count - 1 }), { nil: null, freq: 2 }),
    items: few(plainItem),
    card: fc.option(word, { nil: null }),
    labels: picks,
    groups: picks,
    notes: few(word, 2),
  });
const graph = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => fc.array(plainOwner(count), { minLength: count, maxLength: count }));

/** How each part is built; read one after the other, over and over. */
const ways = fc.array(fc.nat({ max: 5 }), { minLength: 5, maxLength: 40 });

class Ways {
  readonly #choices: readonly number[];
  #next = 0;
  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }
  of(count: number): number {
    const choice = this.#choices[this.#next % this.#choices.length] ?? 0;
    this.#next++;
    return choice % count;
  }
}

// ---- building ----

/** What every graph refers to, and none changes. */
interface Pool {
  readonly labels: readonly Label[];
  readonly groups: readonly Group[];
}

const picked = <T>(from: readonly T[], indexes: readonly number[]): T[] =>
  indexes.flatMap((index) => from[index] ?? []);
const notesOf = (names: readonly string[]): Note[] => names.map((name) => new Note({ name }));

function itemOf({ name, marks, notes }: PlainItem, way: Ways): Item {
  if (way.of(2) === 0)
    return new Item({ name, marks: marks.map((mark) => new Mark({ name: mark })), notes: notesOf(notes) });
  const item = new Item({ name });
  for (const mark of marks) item.marks.build({ name: mark });
  for (const note of notes) item.notes.build({ name: note });
  return item;
}

async function addItem(owner: Owner, plain: PlainItem, way: Ways): Promise<void> {
  switch (way.of(4)) {
    case 0:
      return owner.items.add(itemOf(plain, way));
    case 1: {
      const item = itemOf(plain, way);
      item.owner.set(owner);
      await item.save();
      // A collection that is loaded does not hear of what is saved from the other side.
      owner.items.reset();
      return;
    }
    case 2: {
      const item = await owner.items.create({ name: plain.name });
      for (const mark of plain.marks) await item.marks.create({ name: mark });
      await item.notes.add(...notesOf(plain.notes));
      return;
    }
    default: {
      const item = owner.items.build({ name: plain.name });
      for (const mark of plain.marks) item.marks.build({ name: mark });
      for (const note of plain.notes) item.notes.build({ name: note });
      await owner.save();
    }
  }
}

async function makeOwner(plain: PlainOwner, way: Ways, { labels, groups }: Pool): Promise<Owner> {
  const { name, card, items, notes } = plain;
  const owned = picked(labels, plain.labels);
  const joined = picked(groups, plain.groups);
  switch (way.of(3)) {
    case 0:
      return Owner.create({
        name,
        items: items.map((item) => itemOf(item, way)),
        notes: notesOf(notes),
        labels: owned,
        memberships: joined.map((group) => new Membership({ group })),
        ...(card === null ? {} : { card: new Card({ name: card }) }),
      });
    case 1: {
      const owner = new Owner({ name });
      for (const item of items) await owner.items.add(itemOf(item, way));
      for (const note of notes) owner.notes.build({ name: note });
      await owner.labels.set(owned);
      await owner.groups.add(...joined);
      if (card !== null) owner.card.build({ name: card });
      return owner.save();
    }
    default: {
      const owner = await Owner.create({ name });
      for (const item of items) await addItem(owner, item, way);
      for (const note of notes) await owner.notes.create({ name: note });
      if (way.of(2) === 0) await owner.labels.sync(owned.map(({ id }) => id));
      else await owner.labels.attach(...owned);
      await owner.groups.set(joined);
      if (card !== null) await owner.card.create({ name: card });
      return owner;
    }
  }
}

async function setBoss(owner: Owner, boss: Owner | null, way: Ways): Promise<void> {
  const how = way.of(3);
  if (how === 0 && boss !== null) return boss.staff.add(owner);
  if (how === 1) owner.bossId = boss?.id ?? null;
  else owner.boss.set(boss);
  await owner.save();
}

// ---- changing ----

const change = fc.oneof(
  fc.record({ kind: fc.constant('addItem' as const), item: plainItem }),
  fc.record({ kind: fc.constant('removeItem' as const), index: fc.nat({ max: 2 }) }),
  fc.record({ kind: fc.constant('moveItem' as const), index: fc.nat({ max: 2 }), to: fc.nat({ max: 3 }) }),
  fc.record({ kind: fc.constant('setItems' as const), keep: fc.nat({ max: 2 }), items: few(plainItem, 2) }),
  fc.record({ kind: fc.constant('setCard' as const), card: fc.option(word, { nil: null }) }),
  fc.record({ kind: fc.constant('setLabels' as const), labels: picks }),
  fc.record({ kind: fc.constant('setGroups' as const), groups: picks }),
  fc.record({ kind: fc.constant('setNotes' as const), notes: few(word, 2) }),
  fc.record({ kind: fc.constant('setBoss' as const), boss: fc.option(fc.nat({ max: 3 }), { nil: null }) }),
  fc.record({ kind: fc.constant('destroy' as const) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

interface Living {
  readonly plain: PlainOwner;
  readonly owner: Owner;
}

/** The item of the graph that the plain one stands for, in the order of their keys. */
async function itemAt({ owner }: Living, index: number): Promise<Item | undefined> {
  return (await owner.items.order('id'))[index];
}

async function apply(all: (Living | undefined)[], at: number, wanted: Change, way: Ways, pools: Pool): Promise<void> {
  const living = all[at % all.length];
  if (living === undefined) return;
  const { plain, owner } = living;
  switch (wanted.kind) {
    case 'addItem':
      plain.items.push(wanted.item);
      return addItem(owner, wanted.item, way);
    case 'removeItem': {
      const item = await itemAt(living, wanted.index);
      if (item === undefined) return;
      plain.items.splice(wanted.index, 1);
      if (way.of(2) === 0) await item.destroy();
      else await owner.items.remove(item);
      owner.items.reset();
      return;
    }
    case 'moveItem': {
      const item = await itemAt(living, wanted.index);
      const other = all[wanted.to % all.length];
      if (item === undefined || other === undefined) return;
      const [moved] = plain.items.splice(wanted.index, 1);
      if (moved === undefined) return;
      // Its place follows from its key: behind those that were made before it.
      const before = await other.owner.items.where(sql`id < ${item.id}`).count();
      other.plain.items.splice(before, 0, moved);
      if (way.of(2) === 0) await other.owner.items.add(item);
      else {
        item.owner.set(other.owner);
        await item.save();
      }
      owner.items.reset();
      other.owner.items.reset();
      return;
    }
    case 'setItems': {
      const kept = await itemAt(living, wanted.keep);
      const same = plain.items[wanted.keep];
      plain.items = [...(kept === undefined || same === undefined ? [] : [same]), ...wanted.items];
      return owner.items.set([...(kept === undefined ? [] : [kept]), ...wanted.items.map((item) => itemOf(item, way))]);
    }
    case 'setCard':
      plain.card = wanted.card;
      if (way.of(2) === 0) await owner.card;
      owner.card.set(wanted.card === null ? null : new Card({ name: wanted.card }));
      await owner.save();
      return;
    case 'setLabels':
      plain.labels = wanted.labels;
      if (way.of(2) === 0) return owner.labels.set(picked(pools.labels, wanted.labels));
      await owner.labels.sync(picked(pools.labels, wanted.labels));
      return;
    case 'setGroups':
      plain.groups = wanted.groups;
      return owner.groups.set(picked(pools.groups, wanted.groups));
    case 'setNotes':
      plain.notes = wanted.notes;
      await owner.notes.clear();
      for (const note of wanted.notes) await owner.notes.create({ name: note });
      return;
    case 'setBoss': {
      const boss = wanted.boss === null ? undefined : all[wanted.boss % all.length];
      plain.boss = boss === undefined ? null : all.indexOf(boss);
      return setBoss(owner, boss?.owner ?? null, way);
    }
    case 'destroy': {
      await (way.of(2) === 0 ? owner : await Owner.find(owner.id)).destroy();
      const index = all.indexOf(living);
      all[index] = undefined;
      for (const other of all) if (other !== undefined && other.plain.boss === index) other.plain.boss = null;
      // What others know of it in memory is forgotten: it was perhaps another object that was destroyed.
      for (const other of all) await other?.owner.reload();
    }
  }
}

// ---- comparing ----

type Dump = Record<string, unknown>[];
const sorted = (values: readonly string[]): string[] => [...values].sort();
const dumpItem = ({ name, marks, notes }: PlainItem): string =>
  JSON.stringify({ name, marks: sorted(marks), notes: sorted(notes) });

function expected(all: readonly (Living | undefined)[]): Dump {
  return all.flatMap((living) => {
    if (living === undefined) return [];
    const { name, boss, items, card, labels, groups, notes } = living.plain;
    return {
      name,
      boss: boss === null ? null : (all[boss]?.owner.id ?? null),
      items: sorted(items.map(dumpItem)),
      marks: sorted(items.flatMap(({ marks }) => marks)),
      card,
      labels: sorted(labels.map((index) => `label ${index}`)),
      groups: sorted(groups.map((index) => `group ${index}`)),
      notes: sorted(notes),
    };
  });
}

async function read(query: PromiseLike<Owner[]>): Promise<Dump> {
  const dump: Dump = [];
  for (const owner of await query) {
    const items: string[] = [];
    for (const item of await owner.items) {
      expect((await item.owner).id).toBe(owner.id);
      const notes = await item.notes;
      for (const note of notes) expect((await note.subject)?.id).toBe(item.id);
      items.push(
        dumpItem({
          name: item.name,
          marks: (await item.marks).map(({ name }) => name),
          notes: notes.map(({ name }) => name),
        }),
      );
    }
    dump.push({
      name: owner.name,
      boss: (await owner.boss)?.id ?? null,
      items: items.sort(),
      marks: sorted((await owner.marks).map(({ name }) => name)),
      card: (await owner.card)?.name ?? null,
      labels: sorted((await owner.labels).map(({ name }) => name)),
      groups: sorted((await owner.groups).map(({ name }) => name)),
      notes: sorted((await owner.notes).map(({ name }) => name)),
    });
  }
  return dump;
}

const numRuns = process.env.AR_TEST_LONG === undefined ? 25 : 1_000;

describeModels('random graphs', [Owner, Item, Mark, Card, Label, Group, Membership, Note], () => {
  test('are saved, changed and read back as the same graph of plain objects', { timeout: 600_000 }, async () => {
    const connection = connections.get();
    await Label.insertAll(Array.from({ length: pool }, (_, index) => ({ name: `label ${index}` })));
    await Group.insertAll(Array.from({ length: pool }, (_, index) => ({ name: `group ${index}` })));
    const pools: Pool = { labels: await Label.order('id'), groups: await Group.order('id') };
    const changes = fc.array(fc.tuple(fc.nat({ max: 3 }), change), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(graph, ways, changes, async (plains, choices, wanted) => {
        for (const model of [Note, Mark, Item, Card, Membership]) await model.deleteAll({ everyRow: true });
        await connection.execute(sql`DELETE FROM labels_owners`);
        await Owner.where({ bossId: null }).or(sql`1 = 1`).updateAll({ bossId: null });
        await Owner.deleteAll({ everyRow: true });
        const way = new Ways(choices);
        const all: (Living | undefined)[] = [];
        for (const given of plains) {
          const plain = structuredClone(given);
          all.push({ plain, owner: await makeOwner(plain, way, pools) });
        }
        for (const living of all) {
          const boss = living?.plain.boss ?? null;
          if (living !== undefined && boss !== null) await setBoss(living.owner, all[boss]?.owner ?? null, way);
        }
        const check = async () => {
          const answer = expected(all);
          expect(await read(Owner.order('id'))).toEqual(answer);
          const everything = [
            'marks',
            'card',
            'labels',
            'groups',
            'boss',
            { items: ['marks', 'notes'] },
            'notes',
          ] as const;
          expect(await read(Owner.includes(...everything).order('id'))).toEqual(answer);
          expect(await read(Owner.eagerLoad({ items: 'marks' }, 'card', 'boss').order('id'))).toEqual(answer);
        };
        await check();
        for (const [at, each] of wanted) await apply(all, at, structuredClone(each), way, pools);
        if (wanted.length > 0) await check();
      }),
      { seed: 20_261_120, numRuns },
    );
  });
});
