/** Factories of records for tests. */
import { BaseModel, belongsTo, column, connect, createAll, disconnect, hasMany, InvalidQuery } from 'active-record-ts';
import { assertQueries, type Factory, factory, inTestTransaction } from 'active-record-ts/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  tags: column.json<string[]>().nullable(),
  email: column.string().unique(),
  role: column.enum(['guest', 'admin']).default('guest'),
  get posts() {
    return hasMany(Post);
  },
}) {
  static validations = { name: { length: { max: 20 } } };
}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  userId: column.references('users'),
  get user() {
    return belongsTo(User);
  },
}) {}

const users = factory(
  User,
  (n) => ({ name: `User ${n}`, email: ({ name }) => `${name.replace(' ', '.').toLowerCase()}@example.org` }),
  { admin: { role: 'admin' }, author: (n) => ({ posts: [posts.build({ title: `By ${n}`, user: undefined })] }) },
);
// One of two that refer to each other says its type.
const posts: Factory<typeof Post> = factory(Post, { title: 'A post', user: () => users.build() });

describeEachDatabase('a factory', (database) => {
  beforeAll(async () => {
    await connect(database.url);
    await createAll([User, Post]);
  });
  beforeEach(() => {
    users.rewind();
  });
  afterAll(async () => {
    await disconnect();
  });

  it('makes records of its attributes, which a test overrides', async () => {
    await inTestTransaction(async () => {
      const first = await users.create();
      const second = await users.create({ name: 'Ada Lovelace' });
      expect(first.toJSON()).toEqual({
        id: first.id,
        name: 'User 1',
        email: 'user.1@example.org',
        role: 'guest',
        tags: null,
      });
      expect(second.toJSON()).toMatchObject({ name: 'Ada Lovelace', email: 'ada.lovelace@example.org' });
      expect(await User.count()).toBe(2);
    });
  });

  it('makes what a record belongs to, unless it is given', async () => {
    await inTestTransaction(async () => {
      const post = await assertQueries({ atLeast: 2 }, () => posts.create());
      expect((await post.user).name).toBe('User 1');
      const ada = await users.create({ name: 'Ada' });
      const hers = await posts.create({ user: ada });
      expect(hers.userId).toBe(ada.id);
      expect((await posts.create({ user: ada, title: 'Hers' })).title).toBe('Hers');
      expect(await User.count()).toBe(2);
    });
  });

  it('has traits, of which the later ones count', async () => {
    await inTestTransaction(async () => {
      expect((await users.with('admin').create()).role).toBe('admin');
      expect(users.with('admin').build({ role: 'guest' }).role).toBe('guest');
      expect(users.build().role).toBe('guest');
      const author = await users.with('author', 'admin').create({ email: 'author@example.org' });
      expect(await author.posts.pluck('title')).toEqual(['By 4']);
      // @ts-expect-error: it has no such trait
      expect(() => users.with('admn')).toThrow(/no trait "admn".*Did you mean "admin"/);
    });
  });

  it('makes many, and none of them where it only builds', async () => {
    await inTestTransaction(async () => {
      expect(users.buildMany(2).map(({ name, isNewRecord }) => [name, isNewRecord])).toEqual([
        ['User 1', true],
        ['User 2', true],
      ]);
      expect(await User.count()).toBe(0);
      const made = await users.createMany(3, (index) => ({ name: `Nr ${index}` }));
      expect(made.map(({ name }) => name)).toEqual(['Nr 0', 'Nr 1', 'Nr 2']);
      expect(await users.createMany(0)).toEqual([]);
      expect(await User.count()).toBe(3);
      expect(users.attributes()).toEqual({ name: 'User 6', email: 'user.6@example.org' });
    });
  });

  it('goes through validations, unless it is told not to', async () => {
    await inTestTransaction(async () => {
      await expect(users.create({ name: 'x'.repeat(21) })).rejects.toMatchObject({ code: 'AR_RECORD_INVALID' });
      await expect(users.create({ name: 'x'.repeat(21) }, { validate: false })).resolves.toMatchObject({});
    });
  });

  it('is refused for what is no model, no attributes and no number', () => {
    expect(() => factory(Object, {})).toThrow(InvalidQuery);
    // @ts-expect-error: no attributes
    expect(() => factory(User, null)).toThrow(InvalidQuery);
    // @ts-expect-error: no such attribute
    expect(() => factory(User, { nmae: 'Ada' }).build()).toThrow(/nmae/);
    // @ts-expect-error: a string for a number
    expect(() => users.build({ id: true })).toThrow();
    expect(() => users.buildMany(1.5)).toThrow(InvalidQuery);
    // @ts-expect-error: attributes are an object
    expect(() => users.build('Ada')).toThrow(InvalidQuery);
    // @ts-expect-error: no attributes
    expect(() => users.build(Promise.resolve({ name: 'Ada' }))).toThrow(/an object of class Promise/);
    // @ts-expect-error: a record
    expect(() => users.build(users.build())).toThrow(InvalidQuery);
    // @ts-expect-error: no attributes
    expect(() => users.buildMany(2, null)).toThrow(InvalidQuery);
    expect(() => users.buildMany(1e12)).toThrow(InvalidQuery);
    // @ts-expect-error: a promise of attributes
    expect(() => factory(User, async () => ({ name: 'Ada' })).build()).toThrow(/an object of class Promise/);
    // @ts-expect-error: a list
    expect(() => factory(User, [{ name: 'Ada' }])).toThrow(InvalidQuery);
    // @ts-expect-error: no attributes
    expect(() => factory(User, {}, { admin: null })).toThrow(/The trait "admin"/);
    // @ts-expect-error: one by one
    expect(() => users.with(['admin'])).toThrow(InvalidQuery);
    const circle = factory(User, { name: ({ email }) => email, email: ({ name }) => name });
    expect(() => circle.build()).toThrow(/name → email → name/);
  });

  it('says what to do where it has no traits', () => {
    // @ts-expect-error: it has none
    expect(() => posts.with('published')).toThrow(/third argument, factory\(Post, \{ … \}, \{ published: \{ … \} \}\)/);
  });

  it('gives each record lists of its own', () => {
    const tagged = factory(User, { name: 'Ada', tags: ['a'] }, { many: { tags: ['a', 'b'] } });
    for (const some of [tagged, tagged.with('many')]) {
      const before = structuredClone(some.attributes().tags);
      some.build().tags?.push('changed');
      expect(some.build().tags).toEqual(before);
    }
    const [first, second] = tagged.buildMany(2, { tags: [] });
    first?.tags?.push('changed');
    expect(second?.tags).toEqual([]);
  });

  it('says that factories make records for one another without end', () => {
    const authors: Factory<typeof User> = factory(User, { name: 'Ada', posts: () => [written.build()] });
    const written: Factory<typeof Post> = factory(Post, { title: 'A post', user: () => authors.build() });
    expect(() => authors.build()).toThrow(/without end: User → Post → User/);
    // It is none where one of the two is told of the other.
    expect(authors.build({ posts: () => [written.build({ user: undefined })] }).isNewRecord).toBe(true);
  });
});
