/** Writing through associations whose foreign key is on one of the two sides: belongsTo, hasOne, hasMany. */
import { describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
  transaction,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(10),
  get posts() {
    return hasMany(Post);
  },
  get drafts() {
    return hasMany(Post, { scope: (posts: Query<typeof Post>) => posts.where({ draft: true }) });
  },
  get notes() {
    return hasMany(Note);
  },
  get tasks() {
    return hasMany(Task, { dependent: 'destroy' });
  },
  get logs() {
    return hasMany(Log, { dependent: 'deleteAll' });
  },
  get profile() {
    return hasOne(Profile);
  },
  get badge() {
    return hasOne(Badge, { dependent: 'destroy' });
  },
  get photos() {
    return hasMany(Photo, { as: 'owner' });
  },
  get latestPost() {
    return hasOne(Post, { latest: true });
  },
}) {}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(10),
  draft: column.boolean().default(false),
  userId: column.references('users').nullable(),
  editorId: column.references('users').nullable(),
  get user() {
    return belongsTo(User, { optional: true });
  },
  get editor() {
    return belongsTo(User, { optional: true });
  },
}) {}
/** Its key must not be NULL, and nothing says what becomes of it. */
class Note extends BaseModel.with({
  id: column.id(),
  text: column.string(10),
  userId: column.references('users'),
  get user() {
    return belongsTo(User);
  },
}) {}
class Task extends BaseModel.with({
  id: column.id(),
  text: column.string(10),
  userId: column.references('users'),
  get user() {
    return belongsTo(User);
  },
}) {}
class Log extends BaseModel.with({ id: column.id(), text: column.string(10), userId: column.references('users') }) {}
class Profile extends BaseModel.with({
  id: column.id(),
  bio: column.string(10),
  userId: column.references('users').nullable(),
  get user() {
    return belongsTo(User, { optional: true });
  },
}) {}
class Badge extends BaseModel.with({ id: column.id(), name: column.string(10), userId: column.references('users') }) {}
class Photo extends BaseModel.with({
  id: column.id(),
  url: column.string(10),
  ownerId: column.bigint().nullable(),
  ownerType: column.string(20).nullable(),
  get owner() {
    return belongsTo(polymorphic([User, Post]), { optional: true });
  },
}) {}
class Person extends BaseModel.with({
  id: column.id(),
  name: column.string(10),
  bossId: column.references('people', { onDelete: 'setNull' }).nullable(),
  mentorId: column.references('people', { onDelete: 'setNull' }).nullable(),
  get boss() {
    return belongsTo(Person, { optional: true, autosave: true });
  },
  get reports() {
    return hasMany(Person, { foreignKey: 'bossId', autosave: true });
  },
  get mentor() {
    return belongsTo(Person, { optional: true, autosave: false });
  },
}) {}
class Knot extends BaseModel.with({
  id: column.id(),
  otherId: column.references('knots'),
  get other() {
    return belongsTo(Knot);
  },
}) {}

const models = [User, Post, Note, Task, Log, Profile, Badge, Photo, Person, Knot];
const tables = ['photos', 'badges', 'profiles', 'logs', 'tasks', 'notes', 'posts', 'users', 'people', 'knots'];

/** What was sent, without the words around it: `INSERT users`. */
async function sent(run: () => unknown): Promise<string[]> {
  const statements = await statementsOf(run);
  return statements.map((each) => {
    const [, verb = '', table = ''] = /^(\w+)(?: INTO| FROM)?(?: .*? FROM)?(?: [`"]?(\w+))?/.exec(each) ?? [];
    return /^(INSERT|UPDATE|DELETE|SELECT)$/.test(verb) ? `${verb} ${table}` : verb;
  });
}
const begin = expect.stringMatching(/^(BEGIN|START)$/);

describeModels('writing through associations', models, () => {
  emptyBeforeEach(...tables);
  const rowsOf = async () => (await Post.order('id').pluck('title', 'userId')) as unknown[];

  describe('belongsTo', () => {
    test('set takes the key over at once', async () => {
      const ada = await User.create({ name: 'Ada' });
      const post = new Post({ title: 'a' });
      post.user.set(ada);
      expect(post.userId).toBe(ada.id);
      expect(await post.user).toBe(ada);
      expect(await sent(() => post.save())).toEqual(['INSERT posts']);
      expect(await rowsOf()).toEqual([['a', ada.id]]);
      post.user.set(null);
      expect(post.userId).toBeNull();
      await post.save();
      expect(await rowsOf()).toEqual([['a', null]]);
    });

    test('a new one is saved first, in one transaction', async () => {
      const post = new Post({ title: 'a', user: new User({ name: 'Ada' }) });
      expect(await sent(() => post.save())).toEqual([begin, 'INSERT users', 'INSERT posts', 'COMMIT']);
      const ada = await User.sole();
      expect(await rowsOf()).toEqual([['a', ada.id]]);
      expect(await post.user).toMatchObject({ id: ada.id });
      expect(post.hasChanged()).toBe(false);
      expect(await sent(() => post.save())).toEqual([]);
    });

    test('one that was saved meanwhile costs no transaction', async () => {
      const ada = new User({ name: 'Ada' });
      const post = new Post({ title: 'a', user: ada });
      await ada.save();
      await post.save();
      expect(await rowsOf()).toEqual([['a', ada.id]]);
    });

    test('a key assigned later wins', async () => {
      const bob = await User.create({ name: 'Bob' });
      const post = new Post({ title: 'a', user: new User({ name: 'Ada' }) });
      post.userId = bob.id;
      await post.save();
      expect(await rowsOf()).toEqual([['a', bob.id]]);
      expect(await User.count()).toBe(1);
      expect(await post.user).toMatchObject({ name: 'Bob' });
    });

    test('required: the key, a record, or an error of the record before anything is sent', async () => {
      const error = await errorBeforeSending(() => new Note({ text: 'a' }).save());
      expect(error).toMatchObject({ code: 'AR_RECORD_INVALID', errors: expect.anything() });
      expect((error as never as { errors: object }).errors).toMatchObject({ size: 1 });
      expect(error.message).toContain('User id must exist');
      const wrong = await errorOf(() => Note.create({ text: 'a', userId: 999 }));
      expect(wrong.message).toBe(error.message);
      const note = await Note.create({ text: 'a', user: new User({ name: 'Ada' }) });
      expect(note.userId).toBe((await User.sole()).id);
      expect((await errorBeforeSending(() => note.user.set(null as never))).code).toBe('AR_QUERY_INVALID');
      note.userId = null as never;
      expect((await errorBeforeSending(() => note.save())).message).toContain('User id must exist');
    });

    test('polymorphic: key and kind', async () => {
      const post = new Post({ title: 'a' });
      const photo = new Photo({ url: 'x', owner: post });
      expect(photo.ownerType).toBe('post');
      await photo.save();
      expect(photo.ownerId).toBe(BigInt(post.id));
      const ada = await User.create({ name: 'Ada' });
      photo.owner.set(ada);
      await photo.save();
      expect(await Photo.pluck('ownerType', 'ownerId')).toEqual([['user', BigInt(ada.id)]]);
      expect(await photo.reload().then((again) => again.owner)).toMatchObject({ name: 'Ada' });
      photo.owner.set(null);
      await photo.save();
      expect(await Photo.pluck('ownerType', 'ownerId')).toEqual([[null, null]]);
      expect((await errorBeforeSending(() => photo.owner.build({} as never))).code).toBe('AR_QUERY_INVALID');
    });

    test('build and create', async () => {
      const post = await Post.create({ title: 'a' });
      const ada = post.user.build({ name: 'Ada' });
      expect(await User.count()).toBe(0);
      await post.save();
      expect(post.userId).toBe(ada.id);
      const bob = await post.user.create({ name: 'Bob' });
      expect(post.userId).toBe(bob.id);
      expect(post.changed).toEqual(['userId']);
    });

    test('autosave saves changed ones; without it none', async () => {
      const boss = await Person.create({ name: 'Boss' });
      const ann = await Person.create({ name: 'Ann', boss });
      boss.name = 'Chief';
      expect(await sent(() => ann.save())).toEqual([begin, 'UPDATE people', 'COMMIT']);
      expect(await sent(() => ann.save())).toEqual([]);
      const mentor = new Person({ name: 'M' });
      ann.mentor.set(mentor);
      await ann.save();
      expect([mentor.isNewRecord, ann.mentorId]).toEqual([true, null]);
      await mentor.save();
      await ann.save();
      expect(ann.mentorId).toBe(mentor.id);
    });
  });

  describe('circles', () => {
    test('a new user with new posts whose author it is', async () => {
      const user = new User({ name: 'Ada' });
      user.posts.build({ title: 'a' });
      const second = new Post({ title: 'b', user });
      await user.posts.add(second);
      expect(await sent(() => second.save())).toEqual([
        begin,
        'INSERT users',
        'INSERT posts',
        'INSERT posts',
        'COMMIT',
      ]);
      expect(await rowsOf()).toEqual([
        ['a', user.id],
        ['b', user.id],
      ]);
      expect(await sent(() => Promise.all([user.save(), second.save()]))).toEqual([]);
    });

    test('two that refer to each other: the second key comes by an UPDATE', async () => {
      const [a, b] = [new Person({ name: 'a' }), new Person({ name: 'b' })];
      a.boss.set(b);
      b.boss.set(a);
      await a.save();
      expect(await Person.order('name').pluck('name', 'bossId')).toEqual([
        ['a', b.id],
        ['b', a.id],
      ]);
      const self = new Person({ name: 's' });
      self.boss.set(self);
      await self.save();
      expect((await self.reload()).bossId).toBe(self.id);
    });

    test('where the keys are required: an error, and nothing is written', async () => {
      const [a, b] = [new Knot(), new Knot()];
      a.other.set(b);
      b.other.set(a);
      expect((await errorOf(() => a.save())).code).toBe('AR_RECORD_INVALID');
      expect(await Knot.count()).toBe(0);
      expect([a.isNewRecord, b.isNewRecord, a.otherId, b.otherId]).toEqual([true, true, null, null]);
    });
  });

  describe('hasOne', () => {
    test('is saved with its owner, and the one before lets go', async () => {
      const ada = await User.create({ name: 'Ada' });
      const first = ada.profile.build({ bio: 'one' });
      expect(first.userId).toBe(ada.id);
      expect(await first.user).toBe(ada);
      expect(await sent(() => ada.save())).toEqual([begin, 'SELECT profiles', 'INSERT profiles', 'COMMIT']);
      const second = new Profile({ bio: 'two' });
      ada.profile.set(second);
      expect(await Profile.count()).toBe(1);
      expect(await sent(() => ada.save())).toEqual([begin, 'UPDATE profiles', 'INSERT profiles', 'COMMIT']);
      expect(await Profile.order('id').pluck('bio', 'userId')).toEqual([
        ['one', null],
        ['two', ada.id],
      ]);
      expect([first.userId, first.hasChanged()]).toEqual([null, false]);
      expect(await sent(() => ada.save())).toEqual([]);
      expect(await ada.profile).toBe(second);
      ada.profile.set(null);
      await ada.save();
      expect(await Profile.where({ userId: null }).count()).toBe(2);
    });

    test('one that is not loaded is replaced as well, by dependent', async () => {
      const ada = await User.create({ name: 'Ada' });
      await Badge.create({ name: 'old', userId: ada.id });
      const again = await User.find(ada.id);
      await again.badge.create({ name: 'new' });
      expect(await Badge.pluck('name')).toEqual(['new']);
      again.badge.set(null);
      await again.save();
      expect(await Badge.count()).toBe(0);
    });

    test('of a new owner', async () => {
      const ada = await User.create({ name: 'Ada', profile: new Profile({ bio: 'x' }) });
      expect(await Profile.pluck('userId')).toEqual([ada.id]);
      expect((await errorBeforeSending(() => new User({ name: 'x' }).profile.create({ bio: 'y' }))).code).toBe(
        'AR_RECORD_NOT_PERSISTED',
      );
      expect((await errorBeforeSending(() => ada.latestPost.set(new Post({ title: 'x' })))).code).toBe(
        'AR_QUERY_INVALID',
      );
    });

    test('a failing create changes nothing', async () => {
      const ada = await User.create({ name: 'Ada' });
      const first = await ada.profile.create({ bio: 'one' });
      expect((await errorOf(() => ada.profile.create({ bio: 'far too long' }))).code).toBe('AR_RECORD_INVALID');
      expect(await ada.profile).toBe(first);
      expect([first.userId, first.hasChanged()]).toEqual([ada.id, false]);
      expect(await Profile.pluck('userId')).toEqual([ada.id]);
    });
  });

  describe('hasMany', () => {
    test('build: waits for its own save, or that of its owner', async () => {
      const ada = await User.create({ name: 'Ada' });
      const a = ada.posts.build({ title: 'a' });
      const b = ada.posts.build({ title: 'b' });
      expect(a.userId).toBe(ada.id);
      expect(await a.user).toBe(ada);
      expect([await ada.posts.size(), await ada.posts.isEmpty(), await ada.posts.contains(a)]).toEqual([
        2,
        false,
        true,
      ]);
      expect(await ada.posts).toEqual([a, b]);
      await a.save();
      expect(await sent(() => ada.save())).toEqual([begin, 'INSERT posts', 'COMMIT']);
      expect(await rowsOf()).toEqual([
        ['a', ada.id],
        ['b', ada.id],
      ]);
      expect((await ada.posts).length).toBe(2);
      expect((await ada.posts.reload()).length).toBe(2);
    });

    test('built before it is loaded: each row once, and its own object', async () => {
      const ada = await User.create({ name: 'Ada' });
      await Post.create({ title: 'old', user: ada });
      const fresh = await User.find(ada.id);
      const built = fresh.posts.build({ title: 'new' });
      await built.save();
      built.title = 'newer';
      const posts = await fresh.posts;
      expect(posts.map((each) => each.title)).toEqual(['old', 'newer']);
      expect(posts[1]).toBe(built);
    });

    test('create: one statement', async () => {
      const ada = await User.create({ name: 'Ada' });
      let made: Post | undefined;
      expect(
        await sent(async () => {
          made = await ada.posts.create({ title: 'a' });
        }),
      ).toEqual(['INSERT posts']);
      expect(await ada.posts).toMatchObject([{ title: 'a' }]);
      await ada.posts.create({ title: 'b' });
      expect((await ada.posts).map((each) => each.title)).toEqual(['a', 'b']);
      expect(made?.userId).toBe(ada.id);
      expect((await errorOf(() => ada.posts.create({ title: 'far too long' }))).code).toBe('AR_RECORD_INVALID');
      expect((await ada.posts).length).toBe(2);
      expect((await errorBeforeSending(() => new User({ name: 'x' }).posts.create({ title: 'y' }))).code).toBe(
        'AR_RECORD_NOT_PERSISTED',
      );
    });

    test('what the scope is sure of is set', async () => {
      const ada = await User.create({ name: 'Ada' });
      expect(ada.drafts.build({ title: 'a' }).draft).toBe(true);
      expect((await ada.drafts.create({ title: 'b' })).draft).toBe(true);
      expect(await Post.pluck('draft')).toEqual([true]);
    });

    test('a new owner is saved with them', async () => {
      const kept = await Post.create({ title: 'old' });
      const ada = new User({ name: 'Ada', posts: [kept, new Post({ title: 'a' })] });
      ada.posts.build({ title: 'b' });
      await ada.posts.add(new Post({ title: 'c' }));
      expect(await sent(() => ada.save())).toEqual([
        begin,
        'INSERT users',
        'UPDATE posts',
        'INSERT posts',
        'INSERT posts',
        'INSERT posts',
        'COMMIT',
      ]);
      expect(await Post.where({ userId: ada.id }).order('id').pluck('title')).toEqual(['old', 'a', 'b', 'c']);
      expect((await ada.posts).length).toBe(4);
    });

    test('add: what is there already changes nothing', async () => {
      const ada = await User.create({ name: 'Ada' });
      const [a, b] = [await Post.create({ title: 'a' }), new Post({ title: 'b' })];
      await ada.posts;
      expect(await sent(() => ada.posts.add(a, b, a))).toEqual([begin, 'UPDATE posts', 'INSERT posts', 'COMMIT']);
      expect(await ada.posts).toEqual([a, b]);
      expect(await sent(() => ada.posts.add(a, b))).toEqual([]);
      expect(await sent(async () => ada.posts.add(await Post.find(a.id)))).toEqual(['SELECT posts']);
      expect((await ada.posts).length).toBe(2);
    });

    test('add: all or none', async () => {
      const ada = await User.create({ name: 'Ada' });
      const [a, bad] = [await Post.create({ title: 'a' }), new Post({ title: 'far too long' })];
      await ada.posts;
      expect((await errorOf(() => ada.posts.add(a, bad))).code).toBe('AR_RECORD_INVALID');
      expect([a.userId, a.hasChanged(), bad.isNewRecord]).toEqual([null, false, true]);
      expect(await ada.posts).toEqual([]);
      expect(await rowsOf()).toEqual([['a', null]]);
    });

    test('remove, clear and set without dependent: the key becomes NULL', async () => {
      const ada = await User.create({ name: 'Ada' });
      const [a, b, c] = [
        await ada.posts.create({ title: 'a' }),
        await ada.posts.create({ title: 'b' }),
        await ada.posts.create({ title: 'c' }),
      ];
      const foreign = await Post.create({ title: 'x', user: new User({ name: 'Bob' }) });
      await ada.posts;
      expect(await sent(() => ada.posts.remove(a, b, foreign))).toEqual([begin, 'UPDATE posts', 'COMMIT']);
      expect([a.userId, a.hasChanged(), foreign.userId === null]).toEqual([null, false, false]);
      expect(await ada.posts).toMatchObject([{ title: 'c' }]);
      const d = new Post({ title: 'd' });
      await ada.posts.set([a, d, a]);
      expect(await Post.where({ userId: ada.id }).order('id').pluck('title')).toEqual(['a', 'd']);
      expect(await ada.posts).toEqual([a, d]);
      expect((await c.reload()).userId).toBeNull();
      await ada.posts.clear();
      expect(await ada.posts).toEqual([]);
      expect(await Post.where({ userId: ada.id }).count()).toBe(0);
      expect([a.userId, a.hasChanged()]).toEqual([null, false]);
      expect((await foreign.reload()).userId).not.toBeNull();
    });

    test('setIds', async () => {
      const ada = await User.create({ name: 'Ada' });
      const a = await ada.posts.create({ title: 'a' });
      const b = await Post.create({ title: 'b' });
      const fresh = await User.find(ada.id);
      await fresh.posts.setIds([b.id, b.id]);
      expect(await Post.where({ userId: ada.id }).pluck('title')).toEqual(['b']);
      expect(await fresh.posts.ids()).toEqual([b.id]);
      expect(await errorOf(() => fresh.posts.setIds([a.id, 998, 999]))).toMatchObject({
        code: 'AR_RECORD_NOT_FOUND',
        keys: [998, 999],
      });
      expect((await errorBeforeSending(() => fresh.posts.setIds([Number.NaN]))).code).toBe('AR_VALUE_INVALID');
      expect(await Post.where({ userId: ada.id }).pluck('title')).toEqual(['b']);
      await fresh.posts.setIds([]);
      expect(await Post.where({ userId: ada.id }).count()).toBe(0);
    });

    test('dependent: destroyed, or deleted in one statement', async () => {
      const ada = await User.create({ name: 'Ada' });
      const [t1, t2] = [await ada.tasks.create({ text: '1' }), await ada.tasks.create({ text: '2' })];
      await ada.tasks.remove(t1);
      expect([t1.isDestroyed, await Task.count()]).toEqual([true, 1]);
      await ada.tasks.set([]);
      expect(await Task.count()).toBe(0);
      expect(t2.isDestroyed).toBe(false);
      for (const text of ['1', '2', '3']) await ada.logs.create({ text });
      const [first] = await ada.logs;
      if (first !== undefined) await ada.logs.remove(first);
      expect([first?.isDestroyed, await Log.count()]).toEqual([true, 2]);
      expect(await sent(() => ada.logs.clear())).toEqual([begin, 'DELETE logs', 'COMMIT']);
      expect(await Log.count()).toBe(0);
    });

    test('a key that cannot be NULL: an error that says so, before anything is sent', async () => {
      const ada = await User.create({ name: 'Ada' });
      const note = await ada.notes.create({ text: 'a' });
      for (const run of [() => ada.notes.remove(note), () => ada.notes.clear()]) {
        const error = await errorBeforeSending(run);
        expect(error.code).toBe('AR_QUERY_INVALID');
        expect(error.message).toContain("dependent: 'destroy'");
      }
      expect((await errorOf(() => ada.notes.set([]))).code).toBe('AR_QUERY_INVALID');
      expect(await Note.count()).toBe(1);
    });

    test('a narrowed load is not the whole', async () => {
      const ada = await User.create({ name: 'Ada' });
      const [a, b] = [await ada.posts.create({ title: 'a' }), await ada.posts.create({ title: 'b' })];
      const [narrowed] = await User.includes({ posts: (posts: Query<typeof Post>) => posts.where({ title: 'a' }) });
      await narrowed?.posts.set([b as never]);
      expect(await Post.order('id').pluck('title', 'userId')).toEqual([
        ['a', null],
        ['b', ada.id],
      ]);
      await ada.posts.reload();
      await a.reload();
      const [other] = await User.includes({ posts: (posts: Query<typeof Post>) => posts.where({ title: 'a' }) });
      await other?.update({ posts: [a] });
      expect(await Post.order('id').pluck('title', 'userId')).toEqual([
        ['a', ada.id],
        ['b', null],
      ]);
    });

    test('deleteAll and destroyAll forget what was loaded', async () => {
      const ada = await User.create({ name: 'Ada', posts: [new Post({ title: 'a' }), new Post({ title: 'b' })] });
      expect((await ada.posts).length).toBe(2);
      expect(await ada.posts.deleteAll()).toBe(2);
      expect(await ada.posts).toEqual([]);
      await ada.posts.create({ title: 'c' });
      expect((await ada.posts.destroyAll()).map((each) => each.title)).toEqual(['c']);
      expect(await ada.posts).toEqual([]);
      expect(await Post.count()).toBe(0);
    });

    test('polymorphic', async () => {
      const ada = await User.create({ name: 'Ada' });
      const photo = await ada.photos.create({ url: 'a' });
      const other = await Photo.create({ url: 'b', ownerId: BigInt(ada.id), ownerType: 'post' });
      await ada.photos.add(new Photo({ url: 'c' }));
      await ada.photos.remove(other);
      expect(await Photo.order('id').pluck('url', 'ownerType')).toEqual([
        ['a', 'user'],
        ['b', 'post'],
        ['c', 'user'],
      ]);
      await ada.photos.remove(photo);
      expect(await Photo.order('id').pluck('ownerId', 'ownerType')).toEqual([
        [null, null],
        [BigInt(ada.id), 'post'],
        [BigInt(ada.id), 'user'],
      ]);
    });

    test('autosave: changed ones are saved with their owner, and records are found that were replaced', async () => {
      const boss = await Person.create({
        name: 'Boss',
        reports: [new Person({ name: 'a' }), new Person({ name: 'b' })],
      });
      const [a, b] = await boss.reports;
      if (a === undefined || b === undefined) throw new Error('not saved');
      a.name = 'A';
      await boss.save();
      expect((await a.reload()).name).toBe('A');
      await boss.update({ reports: [b] });
      expect(await Person.where({ bossId: boss.id }).pluck('name')).toEqual(['b']);
      expect([a.bossId, a.hasChanged()]).toEqual([null, false]);
    });
  });

  describe('assignment', () => {
    test('to a saved owner, for its save', async () => {
      const ada = await User.create({ name: 'Ada', posts: [new Post({ title: 'a' }), new Post({ title: 'b' })] });
      const fresh = await User.find(ada.id);
      const b = await Post.findBy({ title: 'b' });
      expect(await sent(() => fresh.assign({ posts: [b as Post, new Post({ title: 'c' })] }))).toEqual([]);
      expect((await fresh.posts).map((each) => each.title)).toEqual(['b', 'c']);
      expect(await sent(() => fresh.save())).toEqual([begin, 'SELECT posts', 'UPDATE posts', 'INSERT posts', 'COMMIT']);
      expect(await Post.order('id').pluck('title', 'userId')).toEqual([
        ['a', null],
        ['b', ada.id],
        ['c', ada.id],
      ]);
    });

    test('unknown names are errors that name what was meant', async () => {
      const error = await errorBeforeSending(() => new User({ name: 'x', post: [] } as never));
      expect(error.code).toBe('AR_ATTRIBUTE_UNKNOWN');
      expect(error.message).toContain('Did you mean "posts"?');
    });

    test('only records are records', async () => {
      const ada = await User.create({ name: 'Ada' });
      const gone = await (await Post.create({ title: 'x' })).destroy();
      const json = JSON.parse(JSON.stringify(await Post.create({ title: 'y' })));
      const before = await statementsOf(() => undefined);
      expect(before).toEqual([]);
      for (const bad of [undefined, json, { id: 1 }, 1, 'a', ada, gone, [json], null]) {
        const runs: (() => unknown)[] = [
          () => new User({ name: 'x', posts: [bad] } as never),
          () => ada.assign({ posts: bad } as never),
          () => ada.posts.add(bad as never),
          () => ada.posts.remove(bad as never),
          () => ada.posts.set([bad] as never),
        ];
        if (bad !== null) runs.push(() => ada.profile.set(bad as never));
        if (bad !== null && bad !== ada) runs.push(() => new Post({ title: 'x', user: bad } as never));
        for (const run of runs)
          expect(['AR_QUERY_INVALID', 'AR_RECORD_DESTROYED']).toContain((await errorBeforeSending(run)).code);
      }
      const error = await errorBeforeSending(() => ada.posts.add(ada as never));
      expect(error.message).toContain('User.posts takes a Post, not a User');
      class Editor extends User {}
      const other = await errorBeforeSending(() => ada.posts.add(new Editor({ name: 'x' }) as never));
      expect(other.message).toContain('User.posts takes a Post, not an Editor');
      expect(await ada.posts).toEqual([]);
    });
  });

  describe('rollback', () => {
    test('a failing child takes everything back', async () => {
      const ada = new User({ name: 'Ada' });
      const good = ada.posts.build({ title: 'a' });
      const bad = ada.posts.build({ title: 'far too long' });
      const post = new Post({ title: 'p', user: ada });
      const error = await errorOf(() => post.save());
      expect(error).toMatchObject({ code: 'AR_RECORD_INVALID', record: bad });
      for (const record of [ada, good, bad, post]) expect([record.isNewRecord, record.id]).toEqual([true, null]);
      expect([good.userId, post.userId]).toEqual([null, null]);
      expect(await User.count()).toBe(0);
      bad.title = 'b';
      await post.save();
      expect(await Post.order('title').pluck('title', 'userId')).toEqual([
        ['a', ada.id],
        ['b', ada.id],
        ['p', ada.id],
      ]);
    });

    test('a transaction around it that rolls back', async () => {
      const ada = new User({ name: 'Ada' });
      const post = ada.posts.build({ title: 'a' });
      const old = await Post.create({ title: 'old', user: new User({ name: 'Bob' }) });
      const bob = await old.user;
      await bob?.posts;
      await errorOf(() =>
        transaction(async () => {
          await ada.save();
          await bob?.posts.add(new Post({ title: 'n' }));
          await bob?.posts.remove(old);
          expect((await bob?.posts)?.length).toBe(1);
          throw new Error('no');
        }),
      );
      expect([ada.isNewRecord, post.isNewRecord, post.userId]).toEqual([true, true, null]);
      expect(await bob?.posts.reload()).toMatchObject([{ title: 'old' }]);
      expect(old.userId).toBe(bob?.id);
      await ada.save();
      expect(await Post.where({ userId: ada.id }).pluck('title')).toEqual(['a']);
    });

    test('reload forgets what was loaded, destroy leaves it', async () => {
      const ada = await User.create({ name: 'Ada', posts: [new Post({ title: 'a' })] });
      const posts = await ada.posts;
      await ada.reload();
      expect(ada.posts.loaded).toBe(false);
      expect(await ada.posts).not.toBe(posts);
      await ada.posts.clear();
      ada.posts.build({ title: 'x' });
      await ada.destroy();
      expect((await ada.posts).length).toBe(1);
      for (const run of [
        () => ada.posts.build({ title: 'y' }),
        () => ada.posts.create({ title: 'y' }),
        () => ada.posts.add(new Post({ title: 'y' })),
      ])
        expect((await errorBeforeSending(run)).code).toBe('AR_RECORD_DESTROYED');
    });
  });
});
