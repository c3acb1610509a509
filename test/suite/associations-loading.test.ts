/** Associations are loaded on first use, for all records that were loaded together: every kind, in one statement. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BaseModel,
  belongsTo,
  column,
  connections,
  hasAndBelongsToMany,
  hasMany,
  hasOne,
  polymorphic,
  type Query,
  sql,
  transaction,
} from '../../lib/index.ts';
import { describeModels, errorOf, statementsOf } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  mentorId: column.references('users').nullable(),
  get posts() {
    return hasMany(Post);
  },
  get drafts() {
    return hasMany(Post, { scope: (posts: Query<typeof Post>) => posts.where({ draft: true }) });
  },
  get namesakes() {
    return hasMany(Post, {
      scope: (posts: Query<typeof Post>, owner: { name: string }) => posts.where({ title: owner.name }),
    });
  },
  get comments() {
    return hasMany(Comment, { through: 'posts' });
  },
  get postsByTitle() {
    return hasMany(Post, { order: { title: 'desc' } });
  },
  get firstByTitle() {
    return hasOne(Post, { order: 'title' });
  },
  get commentsBackwards() {
    return hasMany(Comment, { through: 'posts', source: 'comments', order: { id: 'desc' } });
  },
  get tags() {
    return hasMany(Tag, { through: 'posts' });
  },
  get commentPhotos() {
    return hasMany(Photo, { through: 'comments', source: 'photos' });
  },
  get profile() {
    return hasOne(Profile);
  },
  get badge() {
    return hasOne(Badge, { through: 'profile' });
  },
  get latestPost() {
    return hasOne(Post, { latest: true });
  },
  get oldestTitle() {
    return hasOne(Post, { oldest: 'title' });
  },
  get mentor() {
    return belongsTo(User, { optional: true });
  },
  get students() {
    return hasMany(User, { foreignKey: 'mentorId' });
  },
  get photos() {
    return hasMany(Photo, { as: 'owner' });
  },
}) {}
class Profile extends BaseModel.with({
  id: column.id(),
  bio: column.string(),
  userId: column.references('users'),
  get user() {
    return belongsTo(User);
  },
  get badge() {
    return hasOne(Badge);
  },
}) {}
class Badge extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  profileId: column.references('profiles'),
}) {}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  draft: column.boolean().default(false),
  authorId: column.references('users'),
  get author() {
    return belongsTo(User);
  },
  get comments() {
    return hasMany(Comment);
  },
  get tags() {
    return hasAndBelongsToMany(Tag);
  },
  get photos() {
    return hasMany(Photo, { as: 'owner' });
  },
}) {}
class Comment extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  postId: column.references('posts'),
  userId: column.references('users'),
  get post() {
    return belongsTo(Post);
  },
  get user() {
    return belongsTo(User, { batch: false });
  },
  get photos() {
    return hasMany(Photo, { as: 'owner' });
  },
}) {}
class Tag extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasAndBelongsToMany(Post);
  },
}) {}
class Photo extends BaseModel.with({
  id: column.id(),
  url: column.string(),
  ownerId: column.integer().nullable(),
  ownerType: column.string().nullable(),
  get owner() {
    return belongsTo(polymorphic([User, Post, Comment]), { optional: true });
  },
}) {}

const users = 5;
const models = [User, Profile, Badge, Post, Comment, Tag, Photo];

describeModels('loading associations', models, () => {
  beforeAll(async () => {
    await connections.get().execute(sql`CREATE TABLE IF NOT EXISTS posts_tags (post_id BIGINT, tag_id BIGINT)`);
    // Joins of posts and tags: of odd posts the first tag, of all the second.
    for (let index = 1; index <= users; index++)
      await User.create({ name: `user ${index}`, mentorId: index === 1 ? null : 1 });
    await Tag.insertAll([{ name: 'red' }, { name: 'blue' }, { name: 'unused' }]);
    for (let user = 1; user <= users; user++) {
      if (user !== 3) {
        const profile = await Profile.create({ bio: `bio ${user}`, userId: user });
        if (user !== 4) await Badge.create({ name: `badge ${user}`, profileId: profile.id });
      }
      for (let each = 0; each < (user === 5 ? 0 : 3); each++) {
        const title = each === 2 ? `user ${user}` : `title ${9 - each} of ${user}`;
        const post = await Post.create({ title, authorId: user, draft: each === 1 });
        await Photo.create({ url: `post ${post.id}`, ownerId: post.id, ownerType: 'post' });
        for (let nth = 0; nth < 2; nth++) {
          const comment = await Comment.create({
            body: `${user}.${each}.${nth}`,
            postId: post.id,
            userId: (nth % 2) + 1,
          });
          if (nth === 0) await Photo.create({ url: comment.body, ownerId: comment.id, ownerType: 'comment' });
        }
        const joins = connections.get();
        if (each % 2 === 1) await joins.execute(sql`INSERT INTO posts_tags (post_id, tag_id) VALUES (${post.id}, 1)`);
        await joins.execute(sql`INSERT INTO posts_tags (post_id, tag_id) VALUES (${post.id}, 2)`);
      }
    }
    await Photo.create({ url: 'nobody', ownerId: null, ownerType: null });
    await Photo.create({ url: 'a user', ownerId: 1, ownerType: 'user' });
    await Photo.create({ url: 'unknown kind', ownerId: 1, ownerType: 'planet' });
  });

  describe('without N+1', () => {
    test('a loop over posts and their authors sends two statements', async () => {
      const names: string[] = [];
      const statements = await statementsOf(async () => {
        for (const post of await Post.order('id')) names.push((await post.author).name);
      });
      expect(statements).toHaveLength(2);
      expect(names.slice(0, 4)).toEqual(['user 1', 'user 1', 'user 1', 'user 2']);
    });

    test('nested loops send one statement for each association', async () => {
      const seen: string[] = [];
      const statements = await statementsOf(async () => {
        for (const user of await User.order('id'))
          for (const post of await user.posts)
            for (const comment of await post.comments) {
              const author = await (await comment.post).author;
              expect(author).toBe(user);
              seen.push(comment.body);
            }
      });
      expect(statements).toHaveLength(3);
      expect(seen).toHaveLength(24);
    });

    test('under Promise.all the statement is sent once', async () => {
      const statements = await statementsOf(async () => {
        const all = await User.order('id');
        const posts = await Promise.all(all.map(async (user) => (await user.posts).length));
        expect(posts).toEqual([3, 3, 3, 3, 0]);
      });
      expect(statements).toHaveLength(2);
    });

    test('each kind of association takes one statement for all records', async () => {
      const kinds = {
        posts: [3, 3, 3, 3, 0],
        drafts: [1, 1, 1, 1, 0],
        comments: [6, 6, 6, 6, 0],
        tags: [2, 2, 2, 2, 0],
        commentPhotos: [3, 3, 3, 3, 0],
        students: [4, 0, 0, 0, 0],
        photos: [1, 0, 0, 0, 0],
      } as const;
      for (const [name, counts] of Object.entries(kinds)) {
        const all = await User.order('id');
        const found: number[] = [];
        const statements = await statementsOf(async () => {
          for (const user of all) found.push((await user[name as keyof typeof kinds]).length);
        });
        expect([name, found, statements.length]).toEqual([name, counts, 1]);
      }
    });

    test('an association has its order, wherever it is read', async () => {
      const titles = ['user 1', 'title 9 of 1', 'title 8 of 1'];
      const [user] = await User.order('id').includes('postsByTitle');
      expect(user?.postsByTitle.map(({ title }) => title)).toEqual(titles);
      const alone = await User.find(1);
      expect((await alone.postsByTitle).map(({ title }) => title)).toEqual(titles);
      expect(await alone.postsByTitle.pluck('title')).toEqual(titles);
      expect((await alone.postsByTitle.limit(1)).map(({ title }) => title)).toEqual(['user 1']);
      expect(await alone.postsByTitle.count()).toBe(3);
      expect((await alone.firstByTitle)?.title).toBe('title 8 of 1');
      expect(
        await Promise.all((await User.order('id')).map(async (each) => (await each.firstByTitle)?.title ?? null)),
      ).toEqual(['title 8 of 1', 'title 8 of 2', 'title 8 of 3', 'title 8 of 4', null]);
      const backwards = (await alone.commentsBackwards).map(({ id }) => id);
      expect(backwards).toEqual([...backwards].sort((a, b) => b - a));
      expect(await User.where({ postsByTitle: { title: 'user 1' } }).count()).toBe(1);
    });

    test('and each kind that leads to one record', async () => {
      const all = await User.order('id');
      const named = async (
        load: (user: User) => PromiseLike<{ attributes: Record<string, unknown> } | null>,
        of: string,
      ) => {
        const found: unknown[] = [];
        const statements = await statementsOf(async () => {
          for (const user of all) found.push((await load(user))?.attributes[of] ?? null);
        });
        expect(statements).toHaveLength(1);
        return found;
      };
      expect(await named((user) => user.profile, 'bio')).toEqual(['bio 1', 'bio 2', null, 'bio 4', 'bio 5']);
      expect(await named((user) => user.badge, 'name')).toEqual(['badge 1', 'badge 2', null, null, 'badge 5']);
      expect(await named((user) => user.mentor, 'name')).toEqual([null, 'user 1', 'user 1', 'user 1', 'user 1']);
      expect(await named((user) => user.latestPost, 'title')).toEqual(['user 1', 'user 2', 'user 3', 'user 4', null]);
      expect(await named((user) => user.oldestTitle, 'title')).toEqual([
        'title 8 of 1',
        'title 8 of 2',
        'title 8 of 3',
        'title 8 of 4',
        null,
      ]);
    });

    test('a polymorphic one takes a statement for each kind', async () => {
      const owners: string[] = [];
      const statements = await statementsOf(async () => {
        for (const photo of await Photo.order('id')) {
          const owner = await photo.owner;
          owners.push(owner === null ? 'nobody' : owner.constructor.name);
        }
      });
      expect(statements).toHaveLength(4);
      expect(owners.filter((name) => name === 'Post')).toHaveLength(12);
      expect(owners.filter((name) => name === 'Comment')).toHaveLength(12);
      expect(owners.slice(-3)).toEqual(['nobody', 'User', 'nobody']);
    });

    test('a record that came alone loads for itself', async () => {
      const post = await Post.find(1);
      const [statement, ...others] = await statementsOf(async () => (await post.author).name);
      expect(others).toEqual([]);
      expect(statement).not.toContain(' IN ');
    });

    test('{ batch: false } and withoutBatching() turn it off', async () => {
      const comments = await Comment.order('id').limit(3);
      expect(await statementsOf(async () => Promise.all(comments.map((comment) => comment.user)))).toHaveLength(3);
      const posts = await Post.order('id').limit(3).withoutBatching();
      expect(await statementsOf(async () => Promise.all(posts.map((post) => post.author)))).toHaveLength(3);
    });

    test('a scope that asks for its owner loads for each record', async () => {
      const all = await User.order('id');
      const counts: number[] = [];
      const statements = await statementsOf(async () => {
        for (const user of all) counts.push((await user.namesakes).length);
      });
      expect(counts).toEqual([1, 1, 1, 1, 0]);
      expect(statements).toHaveLength(5);
      expect(await errorOf(() => User.includes('namesakes'))).toMatchObject({ code: 'AR_QUERY_INVALID' });
    });

    test('records of batches are neighbours within their batch', async () => {
      const statements = await statementsOf(async () => {
        for await (const post of Post.all().findEach({ size: 6 })) await post.author;
      });
      expect(statements.filter((each) => /users/.test(each))).toHaveLength(2);
    });

    test('more than a thousand records load in neighbourhoods of a thousand', async () => {
      await transaction(async () => {
        await Tag.insertAll(Array.from({ length: 1_100 }, (_, index) => ({ name: `many ${index}` })));
        const tags = await Tag.all();
        expect(await statementsOf(async () => Promise.all(tags.map((tag) => tag.posts)))).toHaveLength(2);
        await Tag.where(sql`name LIKE 'many %'`).deleteAll();
      });
    });
  });

  describe('what is loaded stays', () => {
    test('one object for one row of a load, and the inverse side without a statement', async () => {
      const posts = await Post.order('id');
      const authors = await Promise.all(posts.map((post) => post.author));
      expect(authors[0]).toBe(authors[1]);
      const [user] = await User.order('id');
      expect(
        await statementsOf(async () => {
          for (const post of (await user?.posts) ?? []) expect(await post.author).toBe(user);
        }),
      ).toHaveLength(1);
      const [one] = await User.order('id');
      const profile = await one?.profile;
      expect(await statementsOf(async () => expect(await profile?.user).toBe(one))).toEqual([]);
    });

    test('within includes the same row is one object wherever it comes up', async () => {
      const all = await User.order('id').includes({ posts: { comments: 'user' } });
      const [first] = all;
      const comment = first?.posts.at(0)?.comments.at(0);
      expect(comment?.user.value).toBe(first);
    });

    test('awaiting again sends nothing, reload does', async () => {
      const user = await User.find(1);
      await user.posts;
      expect(await statementsOf(async () => user.posts)).toEqual([]);
      expect(await statementsOf(async () => user.posts.reload())).toHaveLength(1);
      user.posts.reset();
      expect(user.posts.loaded).toBe(false);
      expect(await statementsOf(async () => (await user.posts).length)).toHaveLength(1);
    });

    test('the array is the caller’s own', async () => {
      const user = await User.find(1);
      (await user.posts).length = 0;
      expect(await user.posts).toHaveLength(3);
    });

    test('a changed foreign key is loaded anew', async () => {
      const post = await Post.find(1);
      expect((await post.author).name).toBe('user 1');
      post.authorId = 2;
      expect(post.author.loaded).toBe(false);
      expect((await post.author).name).toBe('user 2');
    });

    test('a lazy load leaves alone what its neighbours have', async () => {
      const [first, second] = await Post.order('id');
      const author = await second?.author.reload();
      if (author !== undefined) author.name = 'changed in memory';
      await first?.author.reload();
      expect((await second?.author)?.name).toBe('changed in memory');
    });

    test('reload of the record forgets its associations', async () => {
      const user = await User.find(1);
      await user.posts;
      await user.reload();
      expect(user.posts.loaded).toBe(false);
    });
  });

  describe('reading', () => {
    test('a collection is a relation', async () => {
      const user = await User.find(1);
      expect(await user.posts.count()).toBe(3);
      expect(await user.posts.where({ draft: true }).pluck('title')).toEqual(['title 8 of 1']);
      expect((await user.posts.order('id', 'desc').first())?.title).toBe('user 1');
      expect((await user.posts.find(2)).authorId).toBe(1);
      expect(await errorOf(() => user.posts.find(4))).toMatchObject({ code: 'AR_RECORD_NOT_FOUND' });
      expect(await user.posts.exists({ draft: true })).toBe(true);
      expect(await user.comments.count()).toBe(6);
      expect(await user.tags.count()).toBe(2);
      expect(await user.tags.order('name').pluck('name')).toEqual(['blue', 'red']);
      expect(await user.posts.loaded).toBe(false);
    });

    test('size, isEmpty and contains ask the database only while nothing is loaded', async () => {
      const user = await User.find(1);
      const post = await Post.find(1);
      const other = await Post.find(4);
      const read = async () => [
        await user.posts.size(),
        await user.posts.isEmpty(),
        await user.posts.contains(post),
        await user.posts.contains(other),
      ];
      expect(await statementsOf(async () => expect(await read()).toEqual([3, false, true, false]))).toHaveLength(4);
      await user.posts;
      expect(await statementsOf(async () => expect(await read()).toEqual([3, false, true, false]))).toEqual([]);
    });

    test('what is not loaded is not read without await', async () => {
      const user = await User.find(1);
      const untyped = user.posts as unknown as { length: number; map(fn: () => void): void; value: unknown };
      expect(await errorOf(() => untyped.length)).toMatchObject({ code: 'AR_NOT_LOADED' });
      expect(await errorOf(() => untyped.map(() => undefined))).toMatchObject({ code: 'AR_NOT_LOADED' });
      expect(await errorOf(() => [...(user.posts as unknown as Iterable<Post>)])).toMatchObject({
        code: 'AR_NOT_LOADED',
      });
      expect(await errorOf(() => JSON.stringify(user.posts))).toMatchObject({ code: 'AR_NOT_LOADED' });
      expect(await errorOf(() => `${user.posts}`)).toMatchObject({ code: 'AR_NOT_LOADED' });
      expect(await errorOf(() => JSON.stringify(user.profile))).toMatchObject({ code: 'AR_NOT_LOADED' });
      expect(await errorOf(() => `${user.profile}`)).toMatchObject({ code: 'AR_NOT_LOADED' });
      expect(await errorOf(() => (user.profile as unknown as { value: unknown }).value)).toMatchObject({
        code: 'AR_NOT_LOADED',
      });
    });

    test('a required belongsTo without a row rejects, an optional one is null', async () => {
      const lost = new Post({ title: 'lost' });
      expect(await errorOf(() => lost.author)).toMatchObject({ code: 'AR_RECORD_NOT_FOUND' });
      expect(await (await User.find(1)).mentor).toBeNull();
    });

    test('an association whose key was not selected says so', async () => {
      const [post] = await Post.select('id').limit(2);
      expect(await errorOf(async () => (post as unknown as Post).author)).toMatchObject({
        code: 'AR_ATTRIBUTE_MISSING',
      });
    });

    test('a new record has no rows, and sends nothing', async () => {
      const user = new User({ name: 'new' });
      expect(
        await statementsOf(async () => {
          expect(await user.posts).toEqual([]);
          expect(await user.profile).toBeNull();
          expect(await user.posts.where({ draft: true })).toEqual([]);
          expect(await user.posts.count()).toBe(0);
        }),
      ).toEqual([]);
    });
  });

  describe('in transactions', () => {
    test('an association is loaded on the connection of the transaction', async () => {
      await transaction(async () => {
        const user = await User.create({ name: 'inside' });
        await Post.create({ title: 'inside', authorId: user.id });
        const [found] = await User.where({ name: 'inside' });
        expect((await found?.posts)?.map((post) => post.title)).toEqual(['inside']);
        await Post.where({ title: 'inside' }).deleteAll();
        await user.delete();
      });
    });

    test('a load that failed is tried again', async () => {
      const posts = await Post.order('id');
      const table = User.tableName;
      const connection = connections.get();
      await connection.execute(sql`ALTER TABLE ${sql.name(table)} RENAME TO hidden_users`);
      try {
        const all = await Promise.allSettled(posts.map(async (post) => (await post.author).name));
        expect(all.every(({ status }) => status === 'rejected')).toBe(true);
      } finally {
        await connection.execute(sql`ALTER TABLE hidden_users RENAME TO ${sql.name(table)}`);
      }
      expect(await statementsOf(async () => Promise.all(posts.map((post) => post.author)))).toHaveLength(1);
    });
  });

  describe('strict loading', () => {
    test('of a relation, a record and an association', async () => {
      const [strict] = await Post.order('id').limit(2).strictLoading();
      expect(await errorOf(() => strict?.author)).toMatchObject({ code: 'AR_STRICT_LOADING' });
      const post = await Post.find(1);
      post.strictLoading();
      expect(await errorOf(() => post.author)).toMatchObject({ code: 'AR_STRICT_LOADING' });
      const [included] = await Post.order('id').strictLoading().includes('author');
      expect(included?.author.value.name).toBe('user 1');
    });

    test('of a model, and of all by BaseModel', async () => {
      const post = await Post.find(1);
      try {
        Post.strictLoading = true;
        expect(await errorOf(() => post.author)).toMatchObject({ code: 'AR_STRICT_LOADING' });
        Reflect.deleteProperty(Post, 'strictLoading');
        BaseModel.strictLoading = true;
        expect(await errorOf(() => post.author)).toMatchObject({ code: 'AR_STRICT_LOADING' });
      } finally {
        Reflect.deleteProperty(Post, 'strictLoading');
        BaseModel.strictLoading = false;
      }
      expect((await post.author).name).toBe('user 1');
    });
  });
});
