/** Counter caches: counted by the database, with each create, destroy and change of owner, also with many at once. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  InvalidDefinition,
  InvalidQuery,
  MissingAttribute,
  polymorphic,
  type Query,
  RecordInvalid,
  transaction,
  UnknownAssociation,
} from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  postsCount: column.integer().default(0),
  editedCount: column.integer().nullable(),
  likesCount: column.bigint().default(0n),
  followersCount: column.integer().default(0),
  mentorId: column.references('users').nullable(),
  get posts() {
    return hasMany(Post, { foreignKey: 'authorId' });
  },
  get edited() {
    return hasMany(Post, { foreignKey: 'editorId' });
  },
  get shortPosts() {
    return hasMany(Post, {
      foreignKey: 'authorId',
      scope: (posts: Query<typeof Post>) => posts.where({ title: 'Short' }),
    });
  },
  get likes() {
    return hasMany(Like, { as: 'liked' });
  },
  get mentor() {
    return belongsTo(User, { optional: true, counterCache: 'followersCount' });
  },
  get followers() {
    return hasMany(User, { foreignKey: 'mentorId' });
  },
}) {}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string().unique(),
  authorId: column.references('users'),
  editorId: column.references('users').nullable(),
  likesCount: column.integer().default(0),
  get author() {
    return belongsTo(User, { counterCache: true });
  },
  get editor() {
    return belongsTo(User, { optional: true, counterCache: 'editedCount' });
  },
  get likes() {
    return hasMany(Like, { as: 'liked', dependent: 'destroy' });
  },
}) {}
class Like extends BaseModel.with({
  id: column.id(),
  likedId: column.bigint().nullable(),
  likedType: column.string().nullable(),
  get liked() {
    return belongsTo(polymorphic([User, Post]), { optional: true, counterCache: true });
  },
}) {}
class Orphan extends BaseModel.with({
  id: column.id(),
  userId: column.bigint().nullable(),
  get user() {
    return belongsTo(User, { optional: true, counterCache: true });
  },
}) {}
class Misnamed extends BaseModel.with({
  id: column.id(),
  userId: column.bigint().nullable(),
  get user() {
    return belongsTo(User, { optional: true, counterCache: 'name' });
  },
}) {}

const count = async (user: User) => (await User.find(user.id)).postsCount;
const updatesOf = (statements: readonly string[]) => statements.filter((each) => /^UPDATE .?users/.test(each));

describeModels('counter caches', [User, Post, Like, Orphan, Misnamed], () => {
  emptyBeforeEach('likes', 'posts', 'orphans', 'misnameds');
  let ada: User;
  let bob: User;
  beforeEach(async () => {
    await User.updateAll({ mentorId: null }, { everyRow: true });
    await User.deleteAll({ everyRow: true });
    ada = await User.create({ name: 'Ada' });
    bob = await User.create({ name: 'Bob' });
  });

  test('create adds one and destroy takes it away, in one UPDATE and one transaction', async () => {
    let post: Post | undefined;
    const created = await statementsOf(async () => {
      post = await Post.create({ title: 'One', authorId: ada.id });
    });
    expect(created.map((each) => each.split(' ')[0])).toEqual([expect.any(String), 'UPDATE', 'INSERT', 'COMMIT']);
    expect(updatesOf(created)).toHaveLength(1);
    expect(updatesOf(created)[0]).toMatch(/SET .posts_count. = COALESCE\(.posts_count., 0\) \+ /);
    expect(await count(ada)).toBe(1);
    const destroyed = await statementsOf(() => post?.destroy());
    expect(updatesOf(destroyed)).toHaveLength(1);
    expect(await count(ada)).toBe(0);
  });

  test('another owner: both are written; null on either side; NULL counts as 0', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const moved = await statementsOf(() => post.update({ authorId: bob.id, editorId: ada.id }));
    expect(updatesOf(moved)).toHaveLength(2);
    expect([await count(ada), await count(bob)]).toEqual([0, 1]);
    expect((await User.find(ada.id)).editedCount).toBe(1);
    await post.update({ editorId: null });
    expect((await User.find(ada.id)).editedCount).toBe(0);
  });

  test('a change of other attributes writes nothing to the owner', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    expect(await statementsOf(() => post.update({ title: 'Two' }))).not.toContainEqual(expect.stringMatching(/users/));
  });

  test('several counters of one row are one UPDATE', async () => {
    const statements = await statementsOf(() => Post.create({ title: 'One', authorId: ada.id, editorId: ada.id }));
    expect(updatesOf(statements)).toHaveLength(1);
    const again = await User.find(ada.id);
    expect([again.postsCount, again.editedCount]).toEqual([1, 1]);
  });

  test('polymorphic: by the kind', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const like = await Like.create({ likedId: BigInt(post.id), likedType: 'post' });
    await Like.create({ likedId: BigInt(ada.id), likedType: 'user' });
    expect((await Post.find(post.id)).likesCount).toBe(1);
    expect((await User.find(ada.id)).likesCount).toBe(1n);
    await like.update({ likedId: BigInt(ada.id), likedType: 'user' });
    expect((await Post.find(post.id)).likesCount).toBe(0);
    expect((await User.find(ada.id)).likesCount).toBe(2n);
  });

  test('a self join', async () => {
    const eve = await User.create({ name: 'Eve', mentorId: ada.id });
    expect((await User.find(ada.id)).followersCount).toBe(1);
    await eve.update({ mentorId: bob.id });
    expect((await User.find(ada.id)).followersCount).toBe(0);
    expect((await User.find(bob.id)).followersCount).toBe(1);
    await User.updateAll({ followersCount: 77 }, { everyRow: true });
    await User.resetCounters([ada.id, bob.id], 'followers');
    expect((await User.find(ada.id)).followersCount).toBe(0);
    expect((await User.find(bob.id)).followersCount).toBe(1);
  });

  test('the loaded owner gets the new value, and is not changed', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const author = await post.author;
    expect(author.postsCount).toBe(1);
    author.name = 'Countess';
    await post.destroy();
    expect(author.postsCount).toBe(0);
    expect(author.changed).toEqual(['name']);
    const statements = await statementsOf(() => author.save());
    expect(statements.filter((each) => /posts_count/.test(each))).toEqual([]);
  });

  test('what the program has assigned to a counter stays a change', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const author = await post.author;
    author.postsCount = 40;
    await post.destroy();
    expect(author.postsCount).toBe(40);
    expect(author.changes).toEqual({ postsCount: [0, 40] });
  });

  test('a save of the owner does not write back what others have counted', async () => {
    await Post.create({ title: 'One', authorId: ada.id });
    await ada.update({ name: 'Ada L.' });
    expect(ada.postsCount).toBe(0);
    expect(await count(ada)).toBe(1);
  });

  test('rolled back: the database and the owner in memory are as before', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const author = await post.author;
    await errorOf(() =>
      transaction(async () => {
        await post.destroy();
        expect(author.postsCount).toBe(0);
        throw new Error('no');
      }),
    );
    expect(author.postsCount).toBe(1);
    expect(author.changed).toEqual([]);
    expect(await count(ada)).toBe(1);
    expect(post.isDestroyed).toBe(false);
  });

  test('a failed insert counts nothing, also where its transaction goes on', async () => {
    await Post.create({ title: 'One', authorId: ada.id });
    expect(await errorOf(() => Post.create({ title: 'One', authorId: ada.id }))).toBeInstanceOf(RecordInvalid);
    expect(await count(ada)).toBe(1);
    await transaction(async () => {
      // A savepoint, which PostgreSQL needs to go on.
      await errorOf(() => transaction(() => Post.create({ title: 'One', authorId: ada.id })));
      await Post.create({ title: 'Two', authorId: ada.id });
    });
    expect(await count(ada)).toBe(2);
  });

  test('a failed insert that is caught in its transaction is taken back', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const author = await post.author;
    await errorOf(() =>
      transaction(async () => {
        const twin = new Post({ title: 'One', authorId: ada.id });
        expect(await errorOf(() => twin.save())).toBeInstanceOf(RecordInvalid);
        await Post.create({ title: 'Two', authorId: ada.id });
      }),
    ).catch((error: Error) => expect(error.message).toBe('nothing was thrown'));
    expect(await count(ada)).toBe(await Post.where({ authorId: ada.id }).count());
    expect(author.postsCount).toBe(1);
  });

  test('a row that somebody else has deleted is not counted twice', async () => {
    const post = await Post.create({ title: 'One', authorId: ada.id });
    const same = await Post.find(post.id);
    await post.destroy();
    await same.destroy();
    expect(await count(ada)).toBe(0);
  });

  test('delete, deleteAll, updateAll and insertAll do not count', async () => {
    await Post.insertAll([{ title: 'One', authorId: ada.id }]);
    expect(await count(ada)).toBe(0);
    await Post.create({ title: 'Two', authorId: ada.id });
    await (await Post.findBy({ title: 'Two' }))?.delete();
    await Post.where({ title: 'One' }).updateAll({ authorId: bob.id });
    await Post.where({ title: 'One' }).deleteAll();
    expect([await count(ada), await count(bob)]).toEqual([1, 0]);
  });

  test('twenty at once are all counted; so are twenty that go, or change hands', async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const posts = await Promise.all(numbers.map((n) => Post.create({ title: `Post ${n}`, authorId: ada.id })));
    expect(await count(ada)).toBe(20);
    await Promise.all(posts.slice(0, 10).map((post) => post.update({ authorId: bob.id })));
    expect([await count(ada), await count(bob)]).toEqual([10, 10]);
    await Promise.all(posts.map((post) => post.destroy()));
    expect([await count(ada), await count(bob)]).toEqual([0, 0]);
  });

  test('two directions at once end, and the sum stays', async () => {
    const [a, b] = [
      await Post.create({ title: 'A', authorId: ada.id }),
      await Post.create({ title: 'B', authorId: bob.id }),
    ];
    for (let round = 0; round < 5; round++) {
      const swapped = round % 2 === 0;
      await Promise.all([
        a.update({ authorId: swapped ? bob.id : ada.id }),
        b.update({ authorId: swapped ? ada.id : bob.id }),
      ]);
    }
    expect([await count(ada), await count(bob)]).toEqual([1, 1]);
  });

  describe('resetCounters', () => {
    test('counts anew, in one UPDATE for each counter', async () => {
      await Post.insertAll([
        { title: 'One', authorId: ada.id, editorId: bob.id },
        { title: 'Two', authorId: ada.id },
        { title: 'Three', authorId: bob.id },
      ]);
      await User.where({ id: bob.id }).updateAll({ postsCount: 9, editedCount: 9 });
      const statements = await statementsOf(() => User.resetCounters([ada.id, bob.id], 'posts', 'edited'));
      expect(statements).toHaveLength(2);
      expect(await User.order('name').pluck('postsCount', 'editedCount')).toEqual([
        [2, 0],
        [1, 1],
      ]);
    });

    test('only the rows that are named', async () => {
      await Post.insertAll([{ title: 'One', authorId: ada.id }]);
      await User.updateAll({ postsCount: 9 }, { everyRow: true });
      await User.resetCounters(ada.id, 'posts');
      expect([await count(ada), await count(bob)]).toEqual([1, 9]);
      expect(await statementsOf(() => User.resetCounters([], 'posts'))).toEqual([]);
    });

    test('polymorphic', async () => {
      const post = await Post.create({ title: 'One', authorId: ada.id });
      const likedId = BigInt(post.id);
      await Like.insertAll([
        { likedId, likedType: 'post' },
        { likedId, likedType: 'post' },
        { likedId, likedType: 'user' },
      ]);
      await Post.resetCounters(post.id, 'likes');
      expect((await Post.find(post.id)).likesCount).toBe(2);
    });

    test('unknown names and associations without a counter are errors', async () => {
      const unknown = await errorBeforeSending(() => User.resetCounters(1, 'post' as 'posts'));
      expect(unknown).toBeInstanceOf(UnknownAssociation);
      expect(unknown.message).toContain('"posts"');
      const hostile = await errorBeforeSending(() => User.resetCounters(1, '__proto__' as 'posts'));
      expect(hostile).toBeInstanceOf(UnknownAssociation);
      const key = await errorBeforeSending(() => User.resetCounters({ id: 1 } as unknown as number, 'posts'));
      expect(key.code).toBe('AR_VALUE_INVALID');
      const none = await errorBeforeSending(() => Reflect.apply(User.resetCounters, User, [1]));
      expect(none).toBeInstanceOf(InvalidQuery);
    });
  });

  test('size asks the counter, where it has been loaded and counts the same', async () => {
    await Post.create({ title: 'One', authorId: ada.id });
    const again = await User.find(ada.id);
    expect(await statementsOf(async () => expect(await again.posts.size()).toBe(1))).toEqual([]);
    expect(await statementsOf(async () => expect(await again.shortPosts.size()).toBe(0))).toHaveLength(1);
    const [partial] = await User.where({ id: ada.id }).select('id');
    expect(await statementsOf(async () => expect(await partial?.posts.size()).toBe(1))).toHaveLength(1);
  });

  test('a missing or unfit counter is an error of the definition, before anything is sent', async () => {
    const missing = await errorBeforeSending(() => Orphan.create({ userId: BigInt(ada.id) }));
    expect(missing).toBeInstanceOf(InvalidDefinition);
    expect(missing.message).toContain('orphansCount');
    const unfit = await errorBeforeSending(() => Misnamed.create({ userId: BigInt(ada.id) }));
    expect(unfit).toBeInstanceOf(InvalidDefinition);
    expect(unfit.message).toContain('User.name');
  });

  test('a record without its foreign key cannot be destroyed unnoticed', async () => {
    await Post.create({ title: 'One', authorId: ada.id });
    const [partial] = await Post.select('id');
    expect(await errorOf(() => partial?.destroy())).toBeInstanceOf(MissingAttribute);
    expect(await Post.count()).toBe(1);
  });
});
