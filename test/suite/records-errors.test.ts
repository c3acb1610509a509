import {
  BaseModel,
  column,
  InvalidForeignKey,
  RecordErrors,
  RecordInvalid,
  Rollback,
  StatementError,
  transaction,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class Team extends BaseModel.with({ id: column.id(), name: column.string().unique() }) {}
class Player extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  email: column.string().nullable().unique(),
  teamId: column.references('teams').nullable(),
  mentorId: column.references('players').nullable(),
  role: column.enum(['guard', 'center']).default('guard'),
  note: column.string(10).nullable(),
  age: column.smallint().nullable(),
  fee: column.decimal(6, 2).nullable(),
}) {}
/** The same table, declared by somebody who does not know its rules. */
class Careless extends BaseModel.with({
  id: column.id(),
  name: column.text().nullable(),
  role: column.enum(['guard', 'center', 'referee']).nullable(),
  note: column.text().nullable(),
  age: column.bigint().nullable(),
}) {
  static override tableName = 'players';
}
class Seat extends BaseModel.with({
  row: column.integer().primaryKey(),
  place: column.integer().primaryKey(),
  name: column.string(),
}) {}

const invalid = async (run: () => unknown): Promise<RecordInvalid> => {
  const error = await errorOf(run);
  expect(error).toBeInstanceOf(RecordInvalid);
  return error as unknown as RecordInvalid;
};

describeModels('errors of a record', [Player, Team, Seat], ({ dialect }) => {
  emptyBeforeEach('players', 'teams', 'seats');

  it('says what to do where rows still refer to a record that is destroyed', async () => {
    const team = await Team.create({ name: 'Reds' });
    await Player.create({ name: 'Ada', teamId: team.id });
    const error = await errorOf(() => team.destroy());
    expect(error).toBeInstanceOf(InvalidForeignKey);
    expect(String(error)).toMatch(
      /A foreign key does not allow this: .*\. What a row refers to .*dependent: 'destroy'/s,
    );
    expect(team.isDestroyed).toBe(false);
  });

  /** Each rule that a save can break, with what it says. */
  const rules = {
    'a missing value': [() => new Player(), { name: ["can't be blank"] }],
    'a null': [
      () => new Player({ name: null as never, role: null as never }),
      { name: ["can't be blank"], role: ["can't be blank"] },
    ],
    'text that is too long': [
      () => new Player({ name: 'x', note: '12345678901' }),
      { note: ['is too long (at most 10 characters)'] },
    ],
    'a number out of range': [
      () => new Player({ name: 'x', age: 40_000 }),
      { age: ['is out of range (-32768 to 32767)'] },
    ],
    'a decimal out of range': [
      () => new Player({ name: 'x', fee: '10000.00' }),
      { fee: ['has more than 4 digits before the point'] },
    ],
    'a value that is taken': [() => new Player({ name: 'x', email: 'a@b.c' }), { email: ['has already been taken'] }],
    'a row that does not exist': [() => new Player({ name: 'x', teamId: 4711 }), { teamId: ['must exist'] }],
    'a row of the same table that does not exist': [
      () => new Player({ name: 'x', mentorId: 4711 }),
      { mentorId: ['must exist'] },
    ],
    'a key that is taken': [() => new Seat({ row: 1, place: 1, name: 'x' }), { row: ['has already been taken'] }],
  } as const;

  const prepare = async () => {
    await Player.create({ name: 'Ada', email: 'a@b.c' });
    await Seat.create({ row: 1, place: 1, name: 'x' });
  };

  describe.each(Object.entries(rules))('%s', (_, [make, expected]) => {
    it('rejects create and save, and leaves the record new', async () => {
      await prepare();
      const record = make();
      const error = await invalid(() => record.save());
      expect(record.errors.toJSON()).toEqual(expected);
      expect(error.errors).toBe(record.errors);
      expect(error.record).toBe(record);
      expect(error.code).toBe('AR_RECORD_INVALID');
      expect([record.isNewRecord, record.primaryKey ?? null]).toEqual([
        true,
        record instanceof Seat ? { row: 1, place: 1 } : null,
      ]);
    });

    it('rejects in a transaction too, which can then be rolled back', async () => {
      await prepare();
      await transaction(async () => {
        const record = make();
        await invalid(() => record.save());
        expect(record.errors.toJSON()).toEqual(expected);
        throw new Rollback();
      });
      expect(await Player.count()).toBe(1);
    });

    it('rejects in a savepoint, after which the transaction goes on', async () => {
      await prepare();
      await transaction(async () => {
        await invalid(() => transaction(async () => void (await make().save())));
        await Player.create({ name: 'after' });
      });
      expect(await Player.count()).toBe(2);
    });
  });

  it('come from rules of the database that the model does not know', async () => {
    const broken = async (attributes: object) => {
      const record = new Careless(attributes);
      await invalid(() => record.save());
      return record.errors.toJSON();
    };
    expect(await broken({ name: null })).toEqual({ name: ["can't be blank"] });
    expect(await broken({ name: 'x', role: 'referee' })).toEqual({ role: ['is not allowed'] });
    // Reason: SQLite enforces no lengths and ranges; PostgreSQL does not say which column.
    if (dialect === 'sqlite') return;
    const where = dialect === 'postgres' ? 'base' : undefined;
    expect(await broken({ name: 'x', role: 'guard', note: '12345678901' })).toEqual({
      [where ?? 'note']: ['is too long'],
    });
    expect(await broken({ name: 'x', role: 'guard', age: 2n ** 40n })).toEqual({
      [where ?? 'age']: ['is out of range'],
    });
  });

  it('come from an update, which leaves the row as it was', async () => {
    await prepare();
    const player = await Player.create({ name: 'Bob', email: 'b@b.c' });
    const error = await invalid(() => player.update({ email: 'a@b.c' }));
    expect(error.message).toBe('Player was not saved: Email has already been taken.');
    expect(error.cause).toBeInstanceOf(StatementError);
    expect(player.email).toBe('a@b.c');
    expect((await player.reload()).email).toBe('b@b.c');
    expect(player.errors.isEmpty).toBe(true);
  });

  it('name the key of a row that others refer to', async () => {
    const team = await Team.create('Reds');
    await Player.create({ name: 'Ada', teamId: team.id });
    await invalid(() => team.update({ id: team.id + 1000 }));
    expect(team.errors.toJSON()).toEqual({ id: ['is still referred to by other rows'] });
    expect((await errorOf(() => Team.where({ id: team.attributeWas('id') ?? 0 }).deleteAll())).code).toBe(
      'AR_FOREIGN_KEY',
    );
    await team.reload();
    expect((await errorOf(() => team.destroy())).code).toBe('AR_FOREIGN_KEY');
    expect(team.isDestroyed).toBe(false);
  });

  it('that are known beforehand are told together, and nothing is sent', async () => {
    const player = new Player({ note: '12345678901', age: 40_000 });
    await errorBeforeSending(() => player.save());
    expect(player.errors.fullMessages()).toEqual([
      "Name can't be blank",
      'Note is too long (at most 10 characters)',
      'Age is out of range (-32768 to 32767)',
    ]);
    player.assign({ name: 'Ada', note: 'short', age: 4 });
    await player.save();
    expect([player.errors.size, player.isPersisted]).toEqual([0, true]);
  });

  it('count characters as databases do', async () => {
    await Player.create({ name: 'Ada', note: '😀'.repeat(10) });
    const error = await errorBeforeSending(() => Player.create({ name: 'Ada', note: '😀'.repeat(11) }));
    expect(error.code).toBe('AR_RECORD_INVALID');
  });

  it('are emptied by a save that has nothing to send', async () => {
    const player = await Player.create({ name: 'Ada', note: 'x' });
    await invalid(() => player.update({ note: '12345678901' }));
    player.restoreAttributes();
    await player.save();
    expect(player.errors.isEmpty).toBe(true);
  });

  it('do not print the values of the record', async () => {
    const error = await errorOf(() => Player.create({ name: 'Secretive', note: '12345678901' }));
    expect(JSON.stringify(error) + Object.keys(error).join()).not.toContain('Secretive');
  });

  it('can be added, asked for and turned into JSON', () => {
    const errors = new RecordErrors();
    expect([errors.isEmpty, errors.size]).toEqual([true, 0]);
    errors
      .add('name', 'blank')
      .add('name', 'must rhyme')
      .add('base', 'nothing fits')
      .add('firstName', 'taken', 'is gone');
    expect(errors.on('name')).toEqual(["can't be blank", 'must rhyme']);
    expect(errors.on('age')).toEqual([]);
    expect(errors.fullMessages()).toEqual([
      "Name can't be blank",
      'Name must rhyme',
      'Nothing fits',
      'First name is gone',
    ]);
    expect(JSON.parse(JSON.stringify(errors))).toEqual({
      name: ["can't be blank", 'must rhyme'],
      base: ['nothing fits'],
      firstName: ['is gone'],
    });
    expect([...errors].map(({ attribute, type }) => [attribute, type])).toEqual([
      ['name', 'blank'],
      ['name', 'invalid'],
      ['base', 'invalid'],
      ['firstName', 'taken'],
    ]);
    errors.add('__proto__', 'blank').add('constructor', 'toString');
    expect(errors.on('constructor')).toEqual(['toString']);
    expect(Object.keys(errors.toJSON())).toContain('__proto__');
    errors.clear();
    expect(errors.size).toBe(0);
  });
});
