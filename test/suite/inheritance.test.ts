import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasMany,
  InvalidDefinition,
  polymorphic,
  type Query,
  type Subclasses,
  sql,
  UnknownType,
} from 'active-record-ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Firm extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  usersCount: column.integer().default(0),
  managersCount: column.integer().default(0),
  get users() {
    return hasMany(User, { dependent: 'destroy' });
  },
  get managers() {
    return hasMany(Manager);
  },
  get bosses() {
    return hasMany(Boss);
  },
  get managerNotes() {
    return hasMany(Note, { through: 'managers', source: 'notes' });
  },
}) {}

class User extends BaseModel.with(
  {
    id: column.id(),
    type: column.string(40).nullable(),
    name: column.string(),
    email: column.string().nullable().unique(),
    age: column.integer().default(1),
    firmId: column.references('firms').nullable(),
    managerId: column.integer().nullable(),
    get firm() {
      return belongsTo(Firm, { optional: true, counterCache: true });
    },
    get notes() {
      return hasMany(Note);
    },
    get pictures() {
      return hasMany(Picture, { as: 'owner' });
    },
  },
  column.timestamps(),
) {
  static subclasses: Subclasses = () => [Manager, Admin];
  static scopes = {
    adults: (users: Query<typeof User>) => users.where({ age: 18 }),
    adultsOrBob: (users: Query<typeof User>) => users.where({ age: 18 }).or(User.where({ name: 'Bob' })),
    adultsOrAda: (users: Query<typeof User>) => users.where({ age: 18 }).or({ name: 'Ada' }),
  };
  static validations = { email: { uniqueness: true } };
  greet(): string {
    return `Hi ${this.name}`;
  }
}
class Manager extends User.with({
  budget: column.decimal(12, 2),
  size: column.bigint().default(3n),
  get staff() {
    return hasMany(User);
  },
}) {
  static override subclasses: Subclasses = () => [Boss];
  override greet(): string {
    return `Dear ${this.name}`;
  }
}
class Boss extends Manager {
  static typeName = 'big boss';
}
class Admin extends User.with({ level: column.float().nullable() }) {}
class Note extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  userId: column.references('users').nullable(),
  managerId: column.integer().nullable(),
  get user() {
    return belongsTo(User, { optional: true });
  },
  get manager() {
    return belongsTo(Manager, { foreignKey: 'userId', optional: true });
  },
}) {}
class Picture extends BaseModel.with({
  id: column.id(),
  ownerId: column.integer(),
  ownerType: column.string(),
  get owner() {
    return belongsTo(polymorphic([User, Firm]));
  },
}) {}

const namesOf = (records: readonly { constructor: { name: string }; name: string }[]) =>
  records.map((record) => `${record.constructor.name} ${record.name}`).sort();

describeModels('single-table inheritance', [Firm, User, Note, Picture], () => {
  emptyBeforeEach('pictures', 'notes', 'users', 'firms');
  let firm: Firm;
  beforeEach(async () => {
    firm = await Firm.create('Acme');
    await User.create({ name: 'Ula', firm });
    await Manager.create({ name: 'Max', budget: '10.50', firm });
    await Boss.create({ name: 'Bob', budget: '99.00', size: 5n, firm });
    await Admin.create({ name: 'Ada', level: 1.5, age: 18, firm });
  });
  const typesInTable = async () =>
    (await connections.get().query(sql`SELECT name, type FROM users ORDER BY name`)).map(({ name, type }) => [
      name,
      type,
    ]);

  describe('rows', () => {
    it('are written with the type of their class', async () => {
      expect(await typesInTable()).toEqual([
        ['Ada', 'Admin'],
        ['Bob', 'big boss'],
        ['Max', 'Manager'],
        ['Ula', null],
      ]);
    });

    it('are read as their class through the root', async () => {
      expect(namesOf(await User.all())).toEqual(['Admin Ada', 'Boss Bob', 'Manager Max', 'User Ula']);
    });

    it('have their own columns when they are read through the root', async () => {
      const max = await User.findBy({ name: 'Max' });
      expect(max).toBeInstanceOf(Manager);
      expect(max instanceof Manager && [max.budget, max.size, max.greet()]).toEqual(['10.50', 3n, 'Dear Max']);
      const ada = await User.findBy({ name: 'Ada' });
      expect(ada instanceof Admin && ada.level).toBe(1.5);
    });

    it('do not have those of other classes', async () => {
      const ula = await User.findBy({ name: 'Ula' });
      expect(Object.keys(ula?.attributes ?? {})).not.toContain('budget');
      expect(Object.keys(ula?.toJSON() ?? {})).not.toContain('budget');
      const [max] = await Manager.where({ name: 'Max' });
      expect(Object.keys(max?.toJSON() ?? {})).not.toContain('level');
      const viaRoot = await User.findBy({ name: 'Max' });
      expect(Object.keys(viaRoot?.toJSON() ?? {})).not.toContain('level');
      expect((await errorOf(() => User.where({ budget: '1' } as object))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
    });

    it('are of the queried class where the type was not selected', async () => {
      const users = await User.where({ name: 'Max' }).select('id', 'name');
      expect(namesOf(users)).toEqual(['User Max']);
    });

    it('are found by key as their class, also several in one turn', async () => {
      const ids = await User.order('name').pluck('id');
      const statements = await statementsOf(async () => {
        expect(namesOf(await Promise.all(ids.map((id) => User.find(id))))).toEqual([
          'Admin Ada',
          'Boss Bob',
          'Manager Max',
          'User Ula',
        ]);
      });
      expect(statements).toHaveLength(1);
      expect(namesOf(await User.find(ids))).toEqual(['Admin Ada', 'Boss Bob', 'Manager Max', 'User Ula']);
    });

    it('accept the name of the root as well as NULL', async () => {
      await connections.get().execute(sql`UPDATE users SET type = 'User' WHERE name = 'Ula'`);
      expect(namesOf(await User.where({ name: 'Ula' }))).toEqual(['User Ula']);
    });

    it('of an unknown type are an error that says what to do', async () => {
      await connections.get().execute(sql`UPDATE users SET type = 'Managr' WHERE name = 'Ula'`);
      const error = await errorOf(() => User.all());
      expect(error).toBeInstanceOf(UnknownType);
      expect(error).toMatchObject({
        code: 'AR_TYPE_UNKNOWN',
        type: 'Managr',
        known: ['User', 'Manager', 'big boss', 'Admin'],
      });
      expect(error.message).toContain('"Managr" is the type of no known class on the table "users"');
      expect(error.message).toContain('Did you mean "Manager"?');
      expect(error.message).toContain('static subclasses');
      expect(await User.count()).toBe(4);
    });
  });

  describe('queries on a class', () => {
    it('see its rows and those of classes below it', async () => {
      expect(namesOf(await Manager.all())).toEqual(['Boss Bob', 'Manager Max']);
      expect(namesOf(await Boss.all())).toEqual(['Boss Bob']);
      expect(await Manager.count()).toBe(2);
      expect(await Manager.exists({ name: 'Ada' })).toBe(false);
      expect(await Manager.findBy({ name: 'Ada' })).toBeNull();
      expect(await Manager.pluck('name')).toHaveLength(2);
      expect(await Manager.sum('budget')).toBe('109.50');
      expect(await Manager.maximum('size')).toBe(5n);
    });

    it('say so in the statement', async () => {
      const [all, one] = await statementsOf(async () => {
        await Manager.where({ name: 'Max' });
        await Boss.first();
      });
      expect(all).toMatch(/WHERE .?type.? IN \(.+\) AND .?name.? = /);
      expect(one).toMatch(/WHERE .?type.? = /);
    });

    it('find by key only what is theirs, in one statement for a turn', async () => {
      const ids = Object.fromEntries((await User.all()).map(({ name, id }) => [name, id]));
      const statements = await statementsOf(async () => {
        const found = await Promise.allSettled(
          ['Max', 'Bob', 'Ada', 'Ula'].map((name) => Manager.find(ids[name] ?? 0)),
        );
        expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
      });
      expect(statements).toHaveLength(1);
      const error = await errorOf(() => Manager.find(ids.Ada ?? 0));
      expect(error.message).toContain(`There is no Manager with id ${ids.Ada}.`);
      expect((await Manager.find(ids.Bob ?? 0)).constructor).toBe(Boss);
    });

    it.each([
      ['unscoped()', () => Manager.unscoped()],
      ["unscope('where')", () => Manager.where({ name: 'x' }).unscope('where')],
      ["unscope({ where: 'type' })", () => Manager.all().unscope({ where: 'type' })],
      ['or', () => Manager.where({ name: 'Max' }).or({ name: ['Bob', 'Ada'] })],
      ['or of queries', () => Manager.where({ name: 'Max' }).or(Manager.where({ name: ['Bob', 'Ada'] }))],
      ['and', () => Manager.all().and(Manager.where({ age: 1 }))],
      ['merge', () => Manager.all().merge(Manager.where({ age: 1 }))],
      ['union', () => Manager.where({ name: 'Max' }).union(Manager.where({ name: ['Bob', 'Ada'] }))],
      ['distinct', () => Manager.all().distinct()],
      ['joins', () => Manager.all().joins('firm')],
      ['eagerLoad', () => Manager.all().eagerLoad('firm')],
      ['excluding', () => Manager.all().excluding(0)],
    ])('keep to its rows: %s', async (_, query) => {
      expect(namesOf(await query())).toEqual(['Boss Bob', 'Manager Max']);
    });

    it('take the condition once', async () => {
      const [statement = ''] = await statementsOf(() => Manager.all().merge(Manager.all()).and(Manager.all()));
      expect(statement.match(/\bIN\b/g)).toHaveLength(1);
    });

    it('have the scopes of the parent', async () => {
      await Manager.where({ name: 'Max' }).updateAll({ age: 18 });
      expect(namesOf(await Manager.all().adults())).toEqual(['Manager Max']);
      expect(namesOf(await Manager.all().adultsOrAda())).toEqual(['Manager Max']);
      expect(namesOf(await Manager.all().adultsOrBob())).toEqual(['Boss Bob', 'Manager Max']);
      expect((await errorOf(() => User.all().or(Manager.all() as never))).code).toBe('AR_QUERY_INVALID');
    });

    it('read in batches', async () => {
      const seen: string[] = [];
      for await (const manager of Manager.all().findEach({ size: 1 })) seen.push(manager.name);
      expect(seen.sort()).toEqual(['Bob', 'Max']);
      const all: string[] = [];
      for await (const user of User.all().findEach({ size: 2 })) all.push(user.constructor.name);
      expect(all.sort()).toEqual(['Admin', 'Boss', 'Manager', 'User']);
    });
  });

  describe('bulk writes', () => {
    it('stay with the rows of the class', async () => {
      expect(await Manager.updateAll({ name: 'X' }, { everyRow: true })).toBe(2);
      expect(await User.where({ name: 'X' }).count()).toBe(2);
      expect(await Boss.deleteAll({ everyRow: true })).toBe(1);
      expect(await User.count()).toBe(3);
      expect((await Manager.destroyAll({ everyRow: true })).map(({ name }) => name)).toEqual(['X']);
      expect(await User.order('name').pluck('name')).toEqual(['Ada', 'Ula']);
    });

    it('demand a condition of the program: that of the class is none', async () => {
      expect((await errorBeforeSending(() => Reflect.apply(Manager.deleteAll, Manager, []))).code).toBe('AR_EVERY_ROW');
      expect((await errorBeforeSending(() => Manager.all().updateAll({ age: 2 }))).code).toBe('AR_EVERY_ROW');
    });

    it('insert with the type', async () => {
      await Boss.insertAll([{ name: 'Ben', budget: '1.00' }]);
      await User.insertAll([{ name: 'Uma' }]);
      expect((await User.findBy({ name: 'Ben' }))?.constructor).toBe(Boss);
      expect((await User.findBy({ name: 'Uma' }))?.type).toBeNull();
    });

    it('insert rows of classes below with their type', async () => {
      await User.insertAll([{ name: 'Amy', type: 'Admin' }]);
      expect((await User.findBy({ name: 'Amy' }))?.constructor).toBe(Admin);
      expect(
        (await errorBeforeSending(() => Manager.insertAll([{ name: 'x', budget: '1', type: 'Admin' }]))).code,
      ).toBe('AR_VALUE_INVALID');
      expect((await errorBeforeSending(() => User.insertAll([{ name: 'x', type: 'Nobody' }]))).code).toBe(
        'AR_TYPE_UNKNOWN',
      );
      expect((await errorBeforeSending(() => User.where({ id: 1 }).updateAll({ type: 'Nobody' }))).code).toBe(
        'AR_TYPE_UNKNOWN',
      );
    });

    it('upsert with the type', async () => {
      await Manager.upsertAll([{ name: 'Mia', email: 'mia@x', budget: '1.00' }], { conflict: 'email' });
      await Manager.upsertAll([{ name: 'Mia 2', email: 'mia@x', budget: '2.00' }], { conflict: 'email' });
      expect(namesOf(await Manager.where({ email: 'mia@x' }))).toEqual(['Manager Mia 2']);
    });

    it('count and touch only the rows of the class', async () => {
      const ula = await User.findByOrFail({ name: 'Ula' });
      expect(await Manager.updateCounters(ula.id, { age: 1 })).toBe(0);
      expect(await User.updateCounters(ula.id, { age: 1 })).toBe(1);
      expect(await Manager.touchAll({ everyRow: true })).toBe(2);
    });
  });

  describe('new records', () => {
    it('have their type at once', () => {
      expect([new User().type, new Manager().type, new Boss().type]).toEqual([null, 'Manager', 'big boss']);
      expect(new Manager({ type: 'Manager' }).type).toBe('Manager');
      expect(new User({ type: 'User' }).type).toBe('User');
    });

    it('cannot be given the type of another class', async () => {
      const error = await errorOf(() => new User({ name: 'x', type: 'Manager' }));
      expect(error.code).toBe('AR_VALUE_INVALID');
      expect(error.message).toContain('User.type cannot be "Manager": that is the type of Manager.');
      expect(error.message).toContain('Manager.create(…)');
      expect((await errorOf(() => new Manager({ type: null }))).message).toContain('that is the type of User');
      expect((await errorOf(() => new User({ type: 'Manger' }))).code).toBe('AR_TYPE_UNKNOWN');
      const max = await Manager.findByOrFail({ name: 'Max' });
      for (const write of [
        () => {
          max.type = 'Admin';
        },
        () => max.update({ type: 'Admin' }),
        () => max.updateColumns({ type: 'Admin' }),
      ])
        expect((await errorOf(write)).code).toBe('AR_VALUE_INVALID');
      expect(max.changed).toEqual([]);
    });

    it('need what their own class requires', async () => {
      expect((await errorOf(() => Reflect.apply(Manager.create, Manager, [{ name: 'x' }]))).code).toBe(
        'AR_RECORD_INVALID',
      );
      await User.create({ name: 'y' });
    });

    it('are found or created with the type', async () => {
      const made = await Manager.findOrCreateBy({ name: 'Ada' }, { budget: '3.00' });
      expect([made.constructor, made.type, made.isPersisted]).toEqual([Manager, 'Manager', true]);
      expect((await Manager.findOrCreateBy({ name: 'Ada' })).id).toBe(made.id);
      expect((await Boss.findOrInitializeBy({ name: 'z' })).type).toBe('big boss');
    });

    it('are unique in the whole table', async () => {
      await Admin.create({ name: 'a', email: 'a@x' });
      const manager = new Manager({ name: 'm', email: 'a@x', budget: '1.00' });
      expect(await manager.isValid()).toBe(false);
      expect(manager.errors.on('email')).toEqual(['has already been taken']);
    });

    it('are saved, changed, reloaded and destroyed as their class', async () => {
      const found = await User.findByOrFail({ name: 'Max' });
      if (!(found instanceof Manager)) throw new Error('no manager');
      await found.update({ budget: '11.00' });
      await found.reload();
      expect([found.budget, found.constructor]).toEqual(['11.00', Manager]);
      await found.destroy();
      expect(await Manager.count()).toBe(1);
    });
  });

  describe('associations', () => {
    it('to a class lead to its rows', async () => {
      expect(namesOf(await firm.managers)).toEqual(['Boss Bob', 'Manager Max']);
      expect(namesOf(await firm.bosses)).toEqual(['Boss Bob']);
      expect(namesOf(await firm.users)).toEqual(['Admin Ada', 'Boss Bob', 'Manager Max', 'User Ula']);
      expect(await firm.managers.count()).toBe(2);
      expect(await firm.managers.size()).toBe(2);
    });

    it('build and create records of that class', async () => {
      const manager = await firm.managers.create({ name: 'New', budget: '1.00' });
      expect([manager.constructor, manager.type]).toEqual([Manager, 'Manager']);
      const error = await errorOf(() => firm.managers.add(new User({ name: 'x' }) as Manager));
      expect(error.message).toContain('takes a Manager, not a User');
    });

    it.each([
      ['includes', () => Firm.includes('managers', 'users')],
      ['eagerLoad', () => Firm.eagerLoad('managers', 'users')],
    ])('are loaded with their owners: %s', async (_, query) => {
      const [loaded] = await query();
      expect(namesOf(loaded?.managers.toArray() ?? [])).toEqual(['Boss Bob', 'Manager Max']);
      expect(namesOf(loaded?.users.toArray() ?? [])).toEqual(['Admin Ada', 'Boss Bob', 'Manager Max', 'User Ula']);
    });

    it('give one record for a row that comes up twice', async () => {
      const [loaded] = await Firm.includes('managers', 'users');
      const max = loaded?.managers.toArray().find(({ name }) => name === 'Max');
      expect(loaded?.users.toArray().find(({ name }) => name === 'Max')).toBe(max);
    });

    it('narrow joins, whereHas, counts and paths', async () => {
      const other = await Firm.create('Other');
      await Admin.create({ name: 'Al', firm: other });
      expect(await Firm.whereHas('managers').pluck('name')).toEqual(['Acme']);
      expect(await Firm.whereDoesntHave('managers').pluck('name')).toEqual(['Other']);
      expect(await Firm.all().joins('managers').pluck('name')).toHaveLength(2);
      expect(await Firm.where({ managers: { name: ['Ada', 'Al'] } })).toEqual([]);
      expect((await Firm.withCount('bosses').order('name')).map((each) => each.bossesCount)).toEqual([1, 0]);
      expect((await Firm.withExists('bosses').order('name')).map((each) => each.bossesExist)).toEqual([true, false]);
    });

    it('go through a class', async () => {
      const [max, ada] = [await Manager.findByOrFail({ name: 'Max' }), await Admin.findByOrFail({ name: 'Ada' })];
      await max.notes.create({ body: 'of a manager' });
      await ada.notes.create({ body: 'of an admin' });
      expect((await firm.managerNotes).map(({ body }) => body)).toEqual(['of a manager']);
      const [loaded] = await Firm.includes('managerNotes');
      expect(loaded?.managerNotes.map(({ body }) => body)).toEqual(['of a manager']);
    });

    it('that are inherited have the key of the class that declares them', async () => {
      const max = await Manager.findByOrFail({ name: 'Max' });
      const note = await max.notes.create({ body: 'x' });
      expect([note.userId, note.managerId]).toEqual([max.id, null]);
      await User.create({ name: 'Sam', managerId: max.id });
      expect(namesOf(await max.staff)).toEqual(['User Sam']);
    });

    it('belong to records of their class', async () => {
      const [max, ada] = [await Manager.findByOrFail({ name: 'Max' }), await Admin.findByOrFail({ name: 'Ada' })];
      const ofMax = await Note.create({ body: 'x', user: max });
      const ofAda = await Note.create({ body: 'y', user: ada });
      await Promise.all([ofMax.reload(), ofAda.reload()]);
      expect([(await ofMax.user)?.constructor, (await ofAda.user)?.constructor]).toEqual([Manager, Admin]);
      expect([(await ofMax.manager)?.name, await ofAda.manager]).toEqual(['Max', null]);
    });

    it('of records of several classes are loaded by one statement', async () => {
      for (const user of await User.all()) await user.notes.create({ body: user.name });
      const users = await User.all();
      const statements = await statementsOf(async () => {
        for (const user of users) expect((await user.notes).map(({ body }) => body)).toEqual([user.name]);
      });
      expect(statements).toHaveLength(1);
    });

    it('store the name of the root where they are polymorphic', async () => {
      const max = await Manager.findByOrFail({ name: 'Max' });
      const picture = await max.pictures.create({});
      expect(picture.ownerType).toBe('user');
      const [found] = await Picture.includes('owner');
      expect(found?.owner.value?.constructor).toBe(Manager);
      expect(await max.pictures.count()).toBe(1);
    });

    it('count all classes where the root declares the counter', async () => {
      await firm.reload();
      expect(firm.usersCount).toBe(4);
      await Firm.where({ id: firm.id }).updateAll({ usersCount: 0 });
      await Firm.resetCounters(firm.id, 'users');
      expect((await firm.reload()).usersCount).toBe(4);
    });

    it('destroy what depends on them, each as its class', async () => {
      await firm.destroy();
      expect(await User.count()).toBe(0);
    });
  });

  describe('becomes', () => {
    it('shows the row as one of another class, with its changes', async () => {
      const user = await User.findByOrFail({ name: 'Ula' });
      user.name = 'Uma';
      const manager = user.becomes(Manager);
      expect([manager.constructor, manager.name, manager.greet()]).toEqual([Manager, 'Uma', 'Dear Uma']);
      expect(manager.changes).toEqual({ name: ['Ula', 'Uma'] });
      manager.budget = '5.00';
      await manager.save();
      expect([user.changed, user.name]).toEqual([[], 'Uma']);
      expect((await User.find(user.id)).constructor).toBe(User);
    });

    it('writes the type where it is told to', async () => {
      const user = await User.findByOrFail({ name: 'Ula' });
      const manager = user.becomes(Manager, { changeType: true });
      expect(manager.changes).toEqual({ type: [null, 'Manager'] });
      await manager.update({ budget: '5.00' });
      expect((await User.find(user.id)).constructor).toBe(Manager);
      await manager.becomes(User, { changeType: true }).save();
      expect((await User.find(user.id)).type).toBeNull();
    });

    it('needs what the other class requires, also of a record that was just made', async () => {
      for (const user of [await User.create('New'), await User.findByOrFail({ name: 'Ula' })]) {
        const error = await errorOf(() => user.becomes(Manager, { changeType: true }).save());
        expect([error.code, error.message]).toEqual([
          'AR_RECORD_INVALID',
          "Manager was not saved: Budget can't be blank.",
        ]);
        const manager = user.becomes(Manager, { changeType: true });
        await manager.update({ budget: '7.00' });
        const found = await Manager.find(user.id);
        expect([found.budget, found.size]).toEqual(['7.00', 3n]);
      }
    });

    it('does not change the type of a frozen record', async () => {
      const user = (await User.findByOrFail({ name: 'Ula' })).freeze();
      expect((await errorOf(() => user.becomes(Manager, { changeType: true }))).code).toBe('AR_RECORD_FROZEN');
      expect(user.becomes(Manager).greet()).toBe('Dear Ula');
    });

    it('makes one row of a new record', async () => {
      const user = new User({ name: 'Neo' });
      const boss = user.becomes(Boss, { changeType: true });
      expect([boss.isNewRecord, boss.size]).toEqual([true, 3n]);
      boss.budget = '1.00';
      await boss.save();
      expect([user.isPersisted, user.id]).toEqual([true, boss.id]);
      expect((await User.where({ name: 'Neo' })).map((each) => each.constructor)).toEqual([Boss]);
    });

    it('shares what happens to the row', async () => {
      const user = await User.findByOrFail({ name: 'Ula' });
      const same = user.becomes(User);
      expect(same).not.toBe(user);
      expect(same.equals(user)).toBe(true);
      await same.destroy();
      expect(user.isDestroyed).toBe(true);
    });

    it('is taken back with its transaction', async () => {
      const user = await User.findByOrFail({ name: 'Ula' });
      const manager = user.becomes(Manager, { changeType: true });
      manager.budget = '1.00';
      await errorOf(() =>
        User.transaction(async () => {
          await manager.save();
          throw new InvalidDefinition('no');
        }),
      );
      expect(manager.changed).toContain('type');
      await manager.save();
      expect((await User.find(user.id)).constructor).toBe(Manager);
    });

    it.each([
      ['another table', (user: User) => user.becomes(Firm), 'A User cannot become a Firm'],
      ['no model', (user: User) => Reflect.apply(user.becomes, user, ['Manager']), 'becomes takes a model'],
      [
        'an unknown option',
        (user: User) => Reflect.apply(user.becomes, user, [Manager, { type: true }]),
        '{ changeType: true }',
      ],
    ])('is refused for %s', async (_, become, message) => {
      const user = await User.findByOrFail({ name: 'Ula' });
      const error = await errorOf(() => become(user));
      expect(error.code).toBe('AR_QUERY_INVALID');
      expect(error.message).toContain(message);
    });

    it('leaves records of one row equal', async () => {
      const user = await User.where({ name: 'Max' }).select('id', 'name').sole();
      expect(user.equals(await Manager.findByOrFail({ name: 'Max' }))).toBe(true);
    });
  });
});
