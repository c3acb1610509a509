/** Loading by odd keys, over several databases, through what cannot be gone through, and in circles. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  disconnect,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
  sql,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

class Symbolic extends BaseModel.with({
  code: column.string(40).primaryKey(),
  get uses() {
    return hasMany(Use);
  },
}) {}
class Use extends BaseModel.with({
  id: column.id(),
  symbolicCode: column.string(40),
  get symbolic() {
    return belongsTo(Symbolic, { foreignKey: 'symbolicCode', optional: true });
  },
}) {}

class Moment extends BaseModel.with({
  at: column.datetime(6).primaryKey(),
  name: column.string(),
  get notes() {
    return hasMany(Note, { foreignKey: 'momentAt' });
  },
}) {}
class Note extends BaseModel.with({
  id: column.id(),
  momentAt: column.datetime(6),
  get moment() {
    return belongsTo(Moment, { foreignKey: 'momentAt' });
  },
}) {}

class Owner extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get pets() {
    return hasMany(Pet);
  },
  get firstPets() {
    return hasMany(Pet, { scope: (pets: Query<typeof Pet>): Query<typeof Pet> => pets.limit(1) });
  },
  get lastPet() {
    return hasOne(Pet, { latest: true });
  },
  get youngest() {
    return hasOne(Pet, { latest: 'born' });
  },
  get eldest() {
    return hasOne(Pet, { oldest: 'born' });
  },
  get toysOfFirst() {
    return hasMany(Toy, { through: 'firstPets', source: 'toys' });
  },
  get toysOfLast() {
    return hasMany(Toy, { through: 'lastPet', source: 'toys' });
  },
  get visits() {
    return hasMany(Visit);
  },
  get visitedPets() {
    return hasMany(Pet, { through: 'visits', source: 'pet' });
  },
}) {}
class Pet extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  born: column.integer().nullable(),
  ownerId: column.references('owners'),
  get owner() {
    return belongsTo(Owner);
  },
  get toys() {
    return hasMany(Toy);
  },
}) {}
class Toy extends BaseModel.with({
  id: column.id(),
  petId: column.references('pets'),
}) {}
class Picture extends BaseModel.with({
  id: column.id(),
  subjectId: column.bigint(),
  subjectType: column.string(),
  get subject() {
    return belongsTo(polymorphic([Owner, Pet]), { optional: true });
  },
}) {}
/** In a database of its own. */
class Visit extends BaseModel.with({
  id: column.id(),
  ownerId: column.integer(),
  petId: column.integer(),
  get owner() {
    return belongsTo(Owner);
  },
  get pet() {
    return belongsTo(Pet);
  },
}) {
  static override connectionName = 'visits';
}

/** Each side brings the other. */
class Hen extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get eggs() {
    return hasMany(Egg, { inverseOf: false });
  },
}) {
  static defaultScope = (hens: Query<typeof Hen>) => hens.includes('eggs');
}
class Egg extends BaseModel.with({
  id: column.id(),
  henId: column.references('hens'),
  get hen() {
    return belongsTo(Hen, { inverseOf: false });
  },
}) {
  static defaultScope = (eggs: Query<typeof Egg>) => eggs.includes('hen');
}

const models = [Symbolic, Use, Moment, Note, Owner, Pet, Toy, Picture, Hen, Egg];

describeModels('ways of loading', models, ({ dialect }) => {
  emptyBeforeEach('symbolics', 'uses', 'notes', 'moments', 'pictures', 'toys', 'pets', 'owners', 'eggs', 'hens');

  describe('texts that the database finds equal, in whatever collation', () => {
    const collations = [
      'utf8mb4_general_ci',
      'utf8mb4_unicode_ci',
      'utf8mb4_unicode_520_ci',
      'utf8mb4_turkish_ci',
      'utf8mb4_bin',
    ];
    const texts = [
      'o',
      'ø',
      'ss',
      'ß',
      's',
      'i',
      'İ',
      'I',
      'ı',
      'l',
      'ł',
      'ae',
      'æ',
      'x',
      'x ',
      'か',
      'カ',
      '😀',
      '😁',
    ];
    const everywhere = dialect === 'postgres' ? texts : [...texts, 'nul', 'nul\0', 'a\u200b', 'a'];

    test.each(dialect === 'mysql' ? collations : ['its own'])('%s', async (collation) => {
      if (dialect === 'mysql') {
        for (const table of ['symbolics', 'uses'])
          await connections
            .get()
            .execute(
              sql`ALTER TABLE ${sql.name(table)} CONVERT TO CHARACTER SET utf8mb4 COLLATE ${sql.name(collation)}`,
            );
      }
      for (const text of everywhere) await Use.create({ symbolicCode: text });
      for (const text of everywhere) {
        // One key alone, to which several of the others may be equal.
        await Symbolic.deleteAll({ everyRow: true });
        await Symbolic.create({ code: text });
        const expected = await Use.where({ symbolicCode: text }).order('id').ids();
        const [symbolic] = await Symbolic.includes({ uses: (uses) => uses.order('id') });
        expect(symbolic?.uses.map(({ id }) => id)).toEqual(expected);
        const uses = await Use.order('id');
        const found = await Promise.all(uses.map(async (use) => ((await use.symbolic) === null ? [] : [use.id])));
        expect(found.flat()).toEqual(expected);
      }
    });
  });

  test('moments that differ in their microseconds only', async () => {
    for (const digits of ['001', '002', '003']) {
      const at = `2024-01-02 03:04:05.123${digits}`;
      await connections.get().execute(sql`INSERT INTO moments (at, name) VALUES (${at}, ${digits})`);
      await connections.get().execute(sql`INSERT INTO notes (moment_at) VALUES (${at})`);
    }
    const notes = await Note.order('id');
    expect(await Promise.all(notes.map(async (note) => (await note.moment).name))).toEqual(['001', '002', '003']);
    const moments = await Moment.order('name').includes('notes');
    expect(moments.map((moment) => moment.notes.map(({ id }) => id))).toEqual(notes.map(({ id }) => [id]));
  });

  describe('of several kinds', () => {
    test('each is asked for what it has', async () => {
      const owner = await Owner.create({ name: 'Ada' });
      const pet = await Pet.create({ name: 'Rex', ownerId: owner.id });
      await Picture.create({ subjectId: BigInt(owner.id), subjectType: 'owner' });
      await Picture.create({ subjectId: BigInt(pet.id), subjectType: 'pet' });
      await Picture.create({ subjectId: BigInt(pet.id), subjectType: 'planet' });
      // The types allow only what all kinds have.
      const given: object = { subject: ['pets', 'owner'] };
      const pictures = await Picture.order('id').includes(given as { subject: [] });
      const [first, second, third] = pictures.map(({ subject }) => subject.value);
      expect(first instanceof Owner && first.pets.loaded).toBe(true);
      expect(second instanceof Pet && second.owner.loaded).toBe(true);
      expect(third).toBeNull();
      const wrong: object = { subject: ['nothing'] };
      expect((await errorOf(() => Picture.includes(wrong as { subject: [] }))).code).toBe('AR_ASSOCIATION_UNKNOWN');
    });
  });

  test('a row without a value is neither the latest nor the oldest', async () => {
    const owner = await Owner.create({ name: 'Ada' });
    await Owner.create({ name: 'Bob' });
    for (const born of [null, 2001, 2002, null]) await Pet.create({ name: `of ${born}`, born, ownerId: owner.id });
    const all = await Owner.order('id');
    for (const [found] of [all, await Owner.order('id').includes('youngest', 'eldest'), [await Owner.find(owner.id)]]) {
      expect((await found?.youngest)?.name).toBe('of 2002');
      expect((await found?.eldest)?.name).toBe('of 2001');
    }
    const [eager] = await Owner.order('id').eagerLoad('youngest', 'eldest');
    expect([eager?.youngest.value?.name, eager?.eldest.value?.name]).toEqual(['of 2002', 'of 2001']);
    expect(await Owner.where({ youngest: { name: 'of 2002' }, eldest: { name: 'of 2001' } }).count()).toBe(1);
    expect(await all[1]?.youngest).toBeNull();
  });

  describe('through', () => {
    test('an association that is cut off, or picks, is refused rather than taken for all of its rows', async () => {
      const owner = await Owner.create({ name: 'Ada' });
      for (const name of ['Rex', 'Tom']) {
        const pet = await Pet.create({ name, ownerId: owner.id });
        await Toy.create({ petId: pet.id });
      }
      for (const run of [
        () => owner.toysOfFirst,
        () => owner.toysOfFirst.count(),
        () => Owner.includes('toysOfFirst'),
        () => Owner.eagerLoad('toysOfFirst'),
        () => Owner.withCount('toysOfFirst'),
      ]) {
        expect((await errorOf(run)).message).toMatch(/Owner\.firstPets has a limit/);
      }
      for (const run of [() => owner.toysOfLast, () => Owner.includes('toysOfLast')])
        expect((await errorOf(run)).message).toMatch(/Owner\.toysOfLast goes through Owner\.lastPet, which picks one/);
    });
  });

  describe('from one database to another', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ar-visits-'));
    beforeAll(async () => {
      const visits = connections.define('visits', `sqlite:${join(folder, `${dialect}.db`)}`);
      await visits.execute(sql`CREATE TABLE visits (id INTEGER PRIMARY KEY, owner_id INTEGER, pet_id INTEGER)`);
    });
    afterAll(async () => {
      await disconnect('visits');
      rmSync(folder, { recursive: true, force: true });
    });

    test('keys are given as values; a way through both is refused before anything is sent', async () => {
      const owner = await Owner.create({ name: 'Ada' });
      const pet = await Pet.create({ name: 'Rex', ownerId: owner.id });
      for (let each = 0; each < 3; each++) await Visit.create({ ownerId: owner.id, petId: pet.id });
      const [loaded] = await Owner.includes({ visits: 'pet' });
      expect(loaded?.visits.map((visit) => visit.pet.value.name)).toEqual(['Rex', 'Rex', 'Rex']);
      const visits = await Visit.order('id');
      const statements = await statementsOf(async () => {
        for (const visit of visits) expect((await visit.owner).name).toBe('Ada');
      });
      expect(statements).toHaveLength(1);
      for (const run of [
        () => owner.visitedPets,
        () => owner.visitedPets.count(),
        () => Owner.withCount('visitedPets'),
      ]) {
        let message = '';
        const sent = await statementsOf(async () => {
          message = (await errorOf(run)).message;
        });
        expect(message).toMatch(/Owner\.visitedPets goes through tables of several databases/);
        expect(sent).toEqual([]);
      }
    });
  });

  test('default scopes that include each other come to an end', async () => {
    const hen = await Hen.create({ name: 'Berta' });
    await Egg.create({ henId: hen.id });
    await Egg.create({ henId: hen.id });
    const statements = await statementsOf(async () => {
      const [egg] = await Egg.order('id');
      const eggs = await (await egg?.hen)?.eggs;
      expect(eggs).toHaveLength(2);
      expect(eggs?.[0]).toBe(egg);
    });
    expect(statements.length).toBeLessThan(5);
    expect((await (await Hen.find(hen.id)).eggs.reload()).length).toBe(2);
  });
});
