import {
  BaseModel,
  belongsTo,
  column,
  createAll,
  dropAll,
  gt,
  hasMany,
  InvalidDefinition,
  InvalidQuery,
  InvalidValue,
  like,
  not,
  ReadOnlyAttribute,
  SoftDelete,
  sql,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  email: column
    .string()
    .unique()
    .normalize((email) => email.trim().toLowerCase()),
  phone: column
    .string()
    .nullable()
    .normalize((phone) => phone.replace(/\s/g, '') || null),
  code: column.string().nullable().readonly(),
  level: column.integer().default(0).readonly(),
  flag: column.boolean().default(false).readonly(),
  settings: column.json<{ dark: boolean }>().nullable().readonly(),
  login: column.alias('email'),
  mobile: column.alias('phone'),
  get posts() {
    return hasMany(Post);
  },
}) {}

class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  status: column.enum({ draft: 0, published: 1, gone: -5 }, { scopes: true }).default('draft'),
  size: column.enum({ small: 1, huge: 2_000_000_000 }, { scopes: { prefix: 'size' } }).nullable(),
  far: column.enum({ near: 0, away: 2 ** 40 }, { scopes: { suffix: 'post' } }).nullable(),
  userId: column.references('users').nullable(),
  get user() {
    return belongsTo(User, { optional: true });
  },
}) {}

const raw = async (model: typeof BaseModel, text: string) =>
  (
    await model.connection.query(sql`SELECT ${sql.name(text)} AS value FROM ${sql.name(model.tableName)} ORDER BY id`)
  ).map(({ value }) =>
    value === null
      ? null
      : typeof value === 'string' && /^-?\d+$/.test(value)
        ? Number(value)
        : typeof value === 'bigint'
          ? Number(value)
          : value,
  );

describeModels('attributes', [User, Post], (database) => {
  emptyBeforeEach('posts', 'users');

  describe('an enum of numbers', () => {
    it('is a word in the program and a number in the column', async () => {
      const post = await Post.create({ title: 'a', status: 'published', size: 'huge', far: 'away' });
      expect(await raw(Post, 'status')).toEqual([1]);
      expect(await raw(Post, 'size')).toEqual([2_000_000_000]);
      expect(await raw(Post, 'far')).toEqual([2 ** 40]);
      const found = await Post.find(post.id);
      expect([found.status, found.size, found.far]).toEqual(['published', 'huge', 'away']);
      expect(found.toJSON()).toMatchObject({ status: 'published', far: 'away' });
    });

    it('has its default as a word, also in the table', async () => {
      expect((await Post.create({ title: 'a' })).status).toBe('draft');
      await Post.connection.execute(sql`INSERT INTO posts (title) VALUES ('b')`);
      expect(await Post.order('title').pluck('status')).toEqual(['draft', 'draft']);
    });

    it('is asked for by words, lists and operators', async () => {
      await Post.insertAll([
        { title: 'a', status: 'draft' },
        { title: 'b', status: 'published' },
        { title: 'c', status: 'gone' },
      ]);
      const titles = (query: { order(name: 'title'): { pluck(name: 'title'): Promise<string[]> } }) =>
        query.order('title').pluck('title');
      expect(await titles(Post.where({ status: 'published' }))).toEqual(['b']);
      expect(await titles(Post.where({ status: ['draft', 'gone'] }))).toEqual(['a', 'c']);
      expect(await titles(Post.where({ status: not('draft') }))).toEqual(['b', 'c']);
      expect(await titles(Post.where({ status: gt('draft') }))).toEqual(['b']);
      expect(await titles(Post.all().published())).toEqual(['b']);
    });

    it('is ordered, grouped and compared by its numbers', async () => {
      await Post.insertAll([
        { title: 'a', status: 'draft' },
        { title: 'b', status: 'published' },
        { title: 'c', status: 'gone' },
        { title: 'd', status: 'gone' },
      ]);
      expect(await Post.order('status').order('title').pluck('status')).toEqual(['gone', 'gone', 'draft', 'published']);
      expect(await Post.group('status').count()).toEqual(
        new Map([
          ['gone', 2],
          ['draft', 1],
          ['published', 1],
        ]),
      );
      expect(await Post.maximum('status')).toBe('published');
      expect(await Post.inOrderOf('status', ['published', 'draft', 'gone']).order('title').pluck('title')).toEqual([
        'b',
        'a',
        'c',
        'd',
      ]);
    });

    it('is paged through by its numbers', async () => {
      await Post.insertAll([
        { title: 'a', status: 'draft' },
        { title: 'b', status: 'published' },
        { title: 'c', status: 'gone' },
      ]);
      const first = await Post.order('status').cursorPaginate({ limit: 2 });
      const second = await Post.order('status').cursorPaginate({ limit: 2, after: first.endCursor ?? '' });
      expect([...first.records, ...second.records].map(({ title }) => title)).toEqual(['c', 'a', 'b']);
    });

    it('is written by updateAll, updateColumns and upsertAll', async () => {
      const post = await Post.create({ title: 'a' });
      await Post.where({ id: post.id }).updateAll({ status: 'published' });
      expect((await Post.find(post.id)).status).toBe('published');
      await post.updateColumns({ status: 'gone' });
      expect(post.status).toBe('gone');
      await Post.upsertAll([{ id: post.id, title: 'a', status: 'published' }]);
      expect(await raw(Post, 'status')).toEqual([1]);
    });

    it('knows its changes as words', async () => {
      const post = await Post.create({ title: 'a' });
      post.status = 'published';
      expect(post.changes).toEqual({ status: ['draft', 'published'] });
      post.status = 'draft';
      expect(post.changed).toEqual([]);
    });

    it('is asked for through an association', async () => {
      const user = await User.create({ email: 'a@x' });
      await Post.create({ title: 'a', status: 'published', userId: user.id });
      expect(await User.where({ posts: { status: 'published' } }).count()).toBe(1);
      expect(await User.where({ posts: { status: 'gone' } }).count()).toBe(0);
      expect(await Post.pluck('user.email', 'status')).toEqual([['a@x', 'published']]);
    });

    it('has predicates and scopes, named as asked', async () => {
      const post = await Post.create({ title: 'a', status: 'published', size: 'small', far: 'near' });
      expect([post.isPublished(), post.isDraft(), post.isSizeSmall(), post.isSizeHuge(), post.isNearPost()]).toEqual([
        true,
        false,
        true,
        false,
        true,
      ]);
      expect(await Post.all().sizeSmall().nearPost().count()).toBe(1);
      expect(await Post.all().sizeHuge().count()).toBe(0);
    });

    it('refuses unknown words before anything is sent', async () => {
      const error = await errorBeforeSending(() => Post.where({ status: 'publishd' as 'draft' }).count());
      expect(error).toBeInstanceOf(InvalidValue);
      expect(error.message).toBe(
        'Post.status takes one of "draft", "published", "gone", not the string "publishd". Did you mean "published"?',
      );
      expect(await errorBeforeSending(() => new Post({ title: 'a', status: 1 as unknown as 'draft' }))).toBeInstanceOf(
        InvalidValue,
      );
    });

    it('names a stored number that it does not know', async () => {
      class Loose extends BaseModel.with({ id: column.id(), status: column.integer() }) {}
      class Strict extends BaseModel.with({ id: column.id(), status: column.enum({ draft: 0, published: 1 }) }) {
        static override tableName = 'looses';
      }
      await createAll([Loose]);
      const { id } = await Loose.create({ status: 7 });
      const found = await Strict.find(id);
      const error = await errorOf(() => found.status);
      expect(error).toBeInstanceOf(InvalidValue);
      expect(error.message).toContain('The database holds 7 in an enum that knows only 0 (draft), 1 (published).');
    });

    it('is no number to add up', async () => {
      expect(await errorBeforeSending(() => Post.sum('status' as never))).toBeInstanceOf(InvalidQuery);
      const post = await Post.create({ title: 'a' });
      expect(await errorBeforeSending(() => post.increment('status' as never))).toBeInstanceOf(InvalidQuery);
      expect(await errorBeforeSending(() => Post.where({ status: like('d%') as never }).count())).toBeInstanceOf(
        InvalidQuery,
      );
    });

    it.skipIf(database.dialect === 'mysql')('has a check in the table', async () => {
      const error = await errorOf(() =>
        Post.connection.execute(sql`INSERT INTO posts (title, status) VALUES ('a', 9)`),
      );
      expect(error.code).toBe('AR_CHECK');
    });
  });

  describe('a normalized attribute', () => {
    it('is changed when it is assigned, and null is left alone', async () => {
      const user = new User({ email: ' ADA@x ', phone: null });
      expect([user.email, user.phone]).toEqual(['ada@x', null]);
      user.email = ' Bob@X';
      expect(user.email).toBe('bob@x');
    });

    it('may become null where the column may be', async () => {
      const user = await User.create({ email: 'a', phone: '  ' });
      expect(user.phone).toBeNull();
      expect(await User.where({ phone: ' ' }).count()).toBe(1);
      expect(await User.where({ phone: [' ', '1 2'] }).count()).toBe(1);
      expect(await User.where({ phone: not(' ') }).count()).toBe(0);
    });

    it('is asked for as it is written', async () => {
      const ada = await User.create({ email: 'ada@x' });
      expect((await User.findBy({ email: ' ADA@x ' }))?.id).toBe(ada.id);
      expect(await User.where({ email: ['ADA@X', 'b'] }).count()).toBe(1);
      expect((await User.findOrCreateBy({ email: 'ADA@x' })).id).toBe(ada.id);
      expect((await User.findOrCreateBy({ email: ' BOB@x' })).email).toBe('bob@x');
      expect(
        await User.where({ posts: null })
          .where({ email: gt('BOB') })
          .count(),
      ).toBe(1);
    });

    it('is normalized by writes of many rows', async () => {
      await User.insertAll([{ email: ' A@x' }]);
      await User.upsertAll([{ email: 'A@X ', phone: '1 2' }], { conflict: 'email' });
      expect(await User.pluck('email', 'phone')).toEqual([['a@x', '12']]);
      await User.updateAll({ email: 'B@x' }, { everyRow: true });
      expect(await User.pluck('email')).toEqual(['b@x']);
      const user = await User.firstOrFail();
      await user.updateColumns({ email: 'C@x' });
      expect(user.email).toBe('c@x');
    });

    it('is as the database has it when it is loaded', async () => {
      await User.connection.execute(
        sql`INSERT INTO users (email, level, flag) VALUES ('OLD@x', 0, ${database.dialect === 'postgres' ? false : 0})`,
      );
      const user = await User.firstOrFail();
      expect([user.email, user.changed]).toEqual(['OLD@x', []]);
      const page = await User.order('email').cursorPaginate({ limit: 1 });
      expect(page.records.map(({ email }) => email)).toEqual(['OLD@x']);
    });

    it('is found as the database has it where rows refer to each other by it', async () => {
      class Country extends BaseModel.use(SoftDelete).with({
        code: column
          .string(3)
          .primaryKey()
          .normalize((code) => code.toUpperCase()),
        get towns() {
          return hasMany(Town);
        },
      }) {}
      class Town extends BaseModel.with({
        id: column.id(),
        countryCode: column.string(3),
        get country() {
          return belongsTo(Country, { foreignKey: 'countryCode' });
        },
      }) {}
      await createAll([Country, Town]);
      await Country.connection.execute(sql`INSERT INTO countries (code) VALUES ('de')`);
      await Town.insertAll([{ countryCode: 'de' }]);
      expect((await (await Town.firstOrFail()).country).code).toBe('de');
      expect((await Town.includes('country'))[0]?.country.value.code).toBe('de');
      const country = await Country.firstOrFail();
      expect(await Town.where({ country }).count()).toBe(1);
      await country.destroy();
      expect(await Country.count()).toBe(0);
      await dropAll([Town, Country]);
    });

    it('has patterns that are as they were given', async () => {
      await User.create({ email: 'ada' });
      expect(await User.where({ email: like(' ada') }).count()).toBe(0);
    });

    it('says so where the function throws or gives no value', async () => {
      class Odd extends BaseModel.with({
        id: column.id(),
        name: column.string().normalize(() => {
          throw new Error('no luck');
        }),
        age: column.integer().normalize(() => 'x' as unknown as number),
        key: column
          .string()
          .sensitive()
          .normalize((value) => {
            throw new Error(value);
          }),
      }) {}
      const error = await errorBeforeSending(() => Odd.where({ name: 'a' }).count());
      expect(error).toBeInstanceOf(InvalidValue);
      expect(error.message).toBe('The normalize of Odd.name threw an error: no luck.');
      expect((error.cause as Error).message).toBe('no luck');
      expect((await errorOf(() => new Odd({ age: 1 }))).message).toContain(
        'The normalize of Odd.age gave what is none of its values',
      );
      expect((await errorOf(() => new Odd({ key: 'secret' }))).message).not.toContain('secret');
    });

    it('is counted from what the row has', async () => {
      class Tally extends BaseModel.with({
        id: column.id(),
        visits: column
          .integer()
          .normalize((n) => Math.min(n, 10))
          .unsigned()
          .default(0),
      }) {}
      await createAll([Tally]);
      const tally = await Tally.create({ visits: 99 });
      expect(tally.visits).toBe(10);
      await tally.increment('visits', 20);
      expect([tally.visits, (await Tally.firstOrFail()).visits]).toEqual([30, 30]);
    });
  });

  describe('an alias', () => {
    it('is read, assigned and given to new records', async () => {
      const user = new User({ login: ' ADA ' });
      expect([user.login, user.email]).toEqual(['ada', 'ada']);
      user.login = 'bob';
      expect(user.email).toBe('bob');
      user.assign({ login: 'eve' });
      await user.save();
      expect(user.attributes).not.toHaveProperty('login');
      expect(JSON.stringify(user)).not.toContain('login');
      user.login = 'x';
      expect(user.changes).toEqual({ email: ['eve', 'x'] });
      expect(user.hasChanged('login')).toBe(true);
    });

    it('is taken wherever attributes are named', async () => {
      await User.insertAll([{ email: 'b' }, { login: 'a' } as unknown as { email: string }]);
      expect(await User.where({ login: 'A' }).pluck('login')).toEqual(['a']);
      expect(await User.order('login', 'desc').pluck('email')).toEqual(['b', 'a']);
      expect((await User.findBy({ login: 'b' }))?.email).toBe('b');
      expect((await User.select('id', 'login').order('id').firstOrFail()).login).toBe('b');
      expect(await User.group('login').count()).toEqual(
        new Map([
          ['a', 1],
          ['b', 1],
        ]),
      );
      await User.where({ login: 'a' }).updateAll({ mobile: '1 2' });
      expect(await User.order('login').pick('phone')).toBe('12');
      await (await User.findByOrFail({ login: 'a' })).updateColumns({ mobile: '3' });
      await User.upsertAll([{ email: 'a', mobile: '4' }], { conflict: 'login' });
      expect(await User.order('login').pluck('mobile')).toEqual(['4', null]);
    });

    it('is one attribute to rewhere, unscope and findOrCreateBy', async () => {
      await User.insertAll([{ email: 'a' }, { email: 'b' }]);
      expect(await User.where({ email: 'a' }).rewhere({ login: 'b' }).pluck('email')).toEqual(['b']);
      expect(await User.where({ email: 'a' }).unscope({ where: 'login' }).count()).toBe(2);
      expect((await User.findOrCreateBy({ login: 'c' })).email).toBe('c');
    });

    it('reaches through associations', async () => {
      const user = await User.create({ email: 'a' });
      await Post.create({ title: 't', userId: user.id });
      expect(await Post.where({ user: { login: 'A' } }).pluck('user.login')).toEqual(['a']);
    });

    it('is refused beside its attribute', async () => {
      const twice = { email: 'a', login: 'b' };
      expect(await errorBeforeSending(() => new User(twice))).toBeInstanceOf(InvalidQuery);
      expect(await errorBeforeSending(() => User.insertAll([twice]))).toBeInstanceOf(InvalidQuery);
      expect(await errorBeforeSending(() => User.where({ id: 1 }).updateAll(twice))).toBeInstanceOf(InvalidQuery);
    });
  });

  describe('a read-only attribute', () => {
    it('is given to new records', async () => {
      const user = new User({ email: 'a', code: 'x' });
      user.code = 'y';
      await user.save();
      expect((await User.find(user.id)).code).toBe('y');
    });

    it('is not changed once there is a row', async () => {
      const user = await User.create({ email: 'a', code: 'x' });
      const changes: (() => unknown)[] = [
        () => {
          user.code = 'y';
        },
        () => user.assign({ code: 'y' }),
        () => user.update({ code: 'y' }),
        () => user.updateColumns({ code: 'y' }),
        () => user.increment('level'),
        () => user.decrement('level'),
        () => user.toggle('flag'),
      ];
      for (const change of changes) {
        const error = await errorBeforeSending(change);
        expect(error).toBeInstanceOf(ReadOnlyAttribute);
        expect(error.code).toBe('AR_ATTRIBUTE_READ_ONLY');
      }
      expect((await errorOf(changes[0] ?? (() => {}))).attribute).toBe('code');
      expect(user.code).toBe('x');
    });

    it('is not changed in place either', async () => {
      const user = await User.create({ email: 'a', settings: { dark: true } });
      if (user.settings !== null) user.settings.dark = false;
      expect(await errorBeforeSending(() => user.save())).toBeInstanceOf(ReadOnlyAttribute);
    });

    it('is changed by updateAll', async () => {
      const user = await User.create({ email: 'a', code: 'x' });
      await User.where({ id: user.id }).updateAll({ code: 'y' });
      expect((await user.reload()).code).toBe('y');
    });
  });
});

describe('definitions', () => {
  const refused = async (run: () => unknown, text: string) => {
    const error = await errorOf(run);
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(error.message).toContain(text);
  };

  it.each([
    [{ draft: 0, published: 0 }, 'The words "draft" and "published" of an enum have the same number, 0.'],
    [{ draft: -0, published: 0 }, 'have the same number'],
    [{ draft: 1.5 }, 'the number 1.5, not a whole number'],
    [{ draft: 2 ** 60 }, 'not a whole number'],
    [{ draft: '1' }, 'the string "1"'],
    [{ '': 1 }, 'at least one word'],
    [{}, 'at least one word'],
    [null, 'at least one word'],
  ])('an enum of %o is refused', (words, text) => refused(() => column.enum(words as never), text));

  it('scopes are named by words', () =>
    refused(() => column.enum(['a'], { scopes: { prefix: 'a b' } }), 'The option scopes of an enum'));

  it('normalize takes a function', () =>
    refused(() => column.string().normalize('x' as never), 'normalize takes a function'));

  it('normalize stands behind as', () =>
    refused(
      () =>
        column
          .datetime()
          .normalize((at) => at)
          .as('string'),
      "Write .as('string') first.",
    ));

  it.each([
    [
      { email: column.string(), login: column.alias('emial') },
      'stands for "emial", which is no attribute. Did you mean "email"?',
    ],
    [{ email: column.string(), a: column.alias('email'), b: column.alias('a') }, "Write b: column.alias('email')."],
    [
      {
        id: column.id(),
        get posts() {
          return hasMany(Post);
        },
        b: column.alias('posts'),
      },
      'which is an association',
    ],
    [{ id: column.id(), save: column.alias('id') }, 'An attribute cannot be named "save"'],
  ])('the alias of %# is refused', (definition, text) => refused(() => BaseModel.with(definition), text));

  it('an alias of an inherited attribute is one', () => {
    class Admin extends User.with({ address: column.alias('email') }) {
      static override tableName = 'users';
    }
    const admin = new Admin({ address: 'A' });
    expect([admin.address, admin.login, admin.email]).toEqual(['a', 'a', 'a']);
  });

  it('an alias has a name of its own', () =>
    refused(() => User.with({ email: column.alias('phone') }), 'has the name of an attribute'));

  it('a column has not the name of an inherited alias', () =>
    refused(() => User.with({ login: column.string() }), 'has the name of an alias'));
});
