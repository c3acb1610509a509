/** `includes` and its kin: on every way of reading, with limits for each record, and on records that are there already. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Query, sql } from '../../lib/index.ts';
import { blogModels, fillBlog, Photo, Post, Tag, User } from '../support/blog.ts';
import { describeModels, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

/** What `run` gives, and that it has sent so many statements. */
async function sending<T>(count: number, run: () => PromiseLike<T>): Promise<T> {
  let result: T | undefined;
  const sent = await statementsOf(async () => {
    result = await run();
  });
  expect(sent).toHaveLength(count);
  return result as T;
}

const idsOf = (records: Iterable<{ readonly id: number }>) => [...records].map(({ id }) => id).sort((a, b) => a - b);
const inOrder = (records: Iterable<{ readonly id: number }>) => [...records].map(({ id }) => id);

describeModels('includes', blogModels, () => {
  beforeAll(fillBlog);

  describe('loads for every way of reading', () => {
    const query = User.includes('posts');
    const lengths = (users: readonly { readonly posts: { readonly length: number } }[]) =>
      users.map(({ posts }) => posts.length);

    test('one record', async () => {
      expect((await sending(2, () => query.first()))?.posts.length).toBe(3);
      expect((await sending(2, () => query.last()))?.posts.length).toBe(0);
      expect((await sending(2, () => query.second()))?.posts.length).toBe(1);
      expect((await sending(2, () => query.order('id').take()))?.posts.length).toBe(3);
      expect((await sending(2, () => query.find(1))).posts.length).toBe(3);
      expect((await sending(2, () => query.findBy({ name: 'Bob' })))?.posts.length).toBe(1);
      expect((await sending(2, () => query.where({ id: 1 }).sole())).posts.length).toBe(3);
      expect((await sending(2, () => query.firstOrFail())).posts.length).toBe(3);
      expect((await sending(2, () => query.findByOrFail({ id: 1 }))).posts.length).toBe(3);
      expect((await sending(2, () => query.findSoleBy({ id: 1 }))).posts.length).toBe(3);
    });

    test('several records', async () => {
      expect(lengths(await sending(2, () => query.order('id')))).toEqual([3, 1, 1, 0]);
      expect(lengths(await sending(2, () => query.first(2)))).toEqual([3, 1]);
      expect(lengths(await sending(2, () => query.last(2)))).toEqual([1, 0]);
      expect(lengths(await sending(2, () => query.find([3, 1])))).toEqual([1, 3]);
      expect(lengths((await sending(3, () => query.order('id').paginate({ perPage: 2 }))).records)).toEqual([3, 1]);
    });

    test('pages by cursor', async () => {
      const page = await sending(2, () => query.order('id').cursorPaginate({ limit: 2 }));
      expect([lengths(page.records), page.hasNext]).toEqual([[3, 1], true]);
      const next = await sending(2, () => query.order('id').cursorPaginate({ limit: 2, after: page.endCursor }));
      expect(lengths(next.records)).toEqual([1, 0]);
    });

    test('batches', async () => {
      const each: number[] = [];
      await sending(5, async () => {
        for await (const user of query.findEach({ size: 2 })) each.push(user.posts.length);
      });
      expect(each).toEqual([3, 1, 1, 0]);
      const batches: number[][] = [];
      for await (const users of query.findInBatches({ size: 3 })) batches.push(lengths(users));
      expect(batches).toEqual([[3, 1, 1], [0]]);
      const relations: number[] = [];
      for await (const { relation } of query.inBatches({ size: 3 })) relations.push(...lengths(await relation));
      expect(relations).toEqual([3, 1, 1, 0]);
      const iterated: number[] = [];
      for await (const user of query) iterated.push(user.posts.length);
      expect(iterated).toEqual([3, 1, 1, 0]);
    });

    test('a cursor of the database', async () => {
      const each: number[] = [];
      for await (const user of query.order('id').findEach({ cursor: true })) each.push(user.posts.length);
      expect(each).toEqual([3, 1, 1, 0]);
    });

    test('columns that were selected, without the key too', async () => {
      const posts = await Post.select('title', 'authorId').includes('author').order('id');
      expect(posts.map((post) => post.author.value.name)).toEqual(['Ada', 'Ada', 'Ada', 'Bob', 'Cyd']);
      const error = await errorOf(() => User.select('name').includes('posts'));
      expect(error).toMatchObject({ code: 'AR_ATTRIBUTE_MISSING' });
    });

    test('distinct rows and joins', async () => {
      const users = await User.joins('posts', sql`posts.author_id = users.id`).distinct().includes('posts').order('id');
      expect(lengths(users)).toEqual([3, 1, 1]);
      const joined = await User.joins('posts', sql`posts.author_id = users.id`).where({ id: 1 }).includes('posts');
      expect(lengths(joined)).toEqual([3, 3, 3]);
    });
  });

  describe('limits for each record', () => {
    test('of a hasMany, with an offset, from either end', async () => {
      const first = await sending(2, () => User.includes({ posts: (posts) => posts.order('id').limit(2) }).order('id'));
      expect(first.map((user) => inOrder(user.posts))).toEqual([[1, 2], [4], [5], []]);
      const rest = await User.includes({ posts: (posts) => posts.order('id').limit(2).offset(1) }).order('id');
      expect(rest.map((user) => inOrder(user.posts))).toEqual([[2, 3], [], [], []]);
      const behind = await User.includes({ posts: (posts) => posts.order('id').offset(2) }).order('id');
      expect(behind.map((user) => inOrder(user.posts))).toEqual([[3], [], [], []]);
      const last = await User.includes({ posts: (posts) => posts.order('id', 'desc').limit(1) }).order('id');
      expect(last.map((user) => inOrder(user.posts))).toEqual([[3], [4], [5], []]);
      const unordered = await User.includes({ posts: (posts) => posts.limit(1) }).order('id');
      expect(unordered.map((user) => inOrder(user.posts))).toEqual([[1], [4], [5], []]);
      const nothing = await User.includes({ posts: (posts) => posts.limit(0) }).order('id');
      expect(nothing.map((user) => inOrder(user.posts))).toEqual([[], [], [], []]);
    });

    test('in an order with nulls, of expressions, and by several columns', async () => {
      const query = (nulls: 'first' | 'last') =>
        User.includes({ posts: (posts) => posts.order('votes', 'desc', { nulls }).limit(2) }).order('id');
      expect((await query('first')).map((user) => inOrder(user.posts))).toEqual([[3, 2], [4], [5], []]);
      expect((await query('last')).map((user) => inOrder(user.posts))).toEqual([[2, 1], [4], [5], []]);
      const bySql = await User.includes({ posts: (posts) => posts.order(sql`100 - posts.id`).limit(2) }).order('id');
      expect(bySql.map((user) => inOrder(user.posts))).toEqual([[3, 2], [4], [5], []]);
      const byTwo = await User.includes({
        posts: (posts) => posts.order({ draft: 'desc', id: 'desc' }).limit(2),
      }).order('id');
      expect(byTwo.map((user) => inOrder(user.posts))).toEqual([[2, 3], [4], [5], []]);
    });

    test('through other tables: a row that is reached twice counts once', async () => {
      const comments = await sending(2, () =>
        User.includes({ comments: (comments) => comments.order('id', 'desc').limit(2) }).order('id'),
      );
      expect(comments.map((user) => inOrder(user.comments))).toEqual([[3, 2], [4], [], []]);
      const tags = await User.includes({ tags: (tags) => tags.order('id').limit(2) }).order('id');
      expect(tags.map((user) => inOrder(user.tags))).toEqual([[1, 2], [1], [], []]);
      const second = await User.includes({ tags: (tags) => tags.order('id').limit(1).offset(1) }).order('id');
      expect(second.map((user) => inOrder(user.tags))).toEqual([[2], [], [], []]);
    });

    test('of many-to-many', async () => {
      const posts = await Post.includes({ tags: (tags) => tags.order('weight', 'desc').limit(1) }).order('id');
      expect(posts.map((post) => inOrder(post.tags))).toEqual([[2], [1], [], [1], []]);
      // The same pair stands in the join table twice, and takes one place.
      const lightest = await Post.includes({ tags: (tags) => tags.order('weight').limit(2) }).order('id');
      expect(lightest.map((post) => inOrder(post.tags))).toEqual([[1, 2], [1], [], [1], []]);
      const tags = await Tag.includes({ posts: (posts) => posts.order('id', 'desc').limit(2) }).order('id');
      expect(tags.map((tag) => inOrder(tag.posts))).toEqual([[4, 2], [1], []]);
      const all = await Post.includes('tags').order('id');
      expect(all.map((post) => idsOf(post.tags))).toEqual([[1, 2], [1], [], [1], []]);
    });

    test('of a polymorphic association', async () => {
      const users = await User.includes({ photos: (photos) => photos.order('id', 'desc').limit(1) }).order('id');
      expect(users.map((user) => inOrder(user.photos))).toEqual([[2], [4], [], []]);
      const posts = await Post.includes({ photos: (photos) => photos.limit(5) }).order('id');
      expect(posts.map((post) => inOrder(post.photos))).toEqual([[3], [], [], [], []]);
    });

    test('inside of what is included, and where there is one record only', async () => {
      const users = await sending(3, () =>
        User.includes({
          posts: (posts) => posts.order('id').includes({ comments: (comments) => comments.order('id').limit(1) }),
        }).order('id'),
      );
      expect(users.map((user) => user.posts.map((post) => inOrder(post.comments)))).toEqual([
        [[1], [3], []],
        [[4]],
        [[]],
        [],
      ]);
      const one = await User.includes({ posts: (posts) => posts.order('id', 'desc').limit(2) }).find(1);
      expect(inOrder(one.posts)).toEqual([3, 2]);
    });

    test('of different rows, and beside joins, conditions and orders of the function', async () => {
      const distinct = await User.includes({ posts: (posts) => posts.distinct().order('id').limit(2) }).order('id');
      expect(distinct.map((user) => inOrder(user.posts))).toEqual([[1, 2], [4], [5], []]);
      // Post 1 has two comments, and takes one place.
      const joined = await User.includes({
        posts: (posts) => posts.joins('comments').distinct().order('id').limit(2),
      }).order('id');
      expect(joined.map((user) => inOrder(user.posts))).toEqual([[1, 2], [4], [], []]);
      const tags = await User.includes({ tags: (tags) => tags.joins('posts').distinct().order('id', 'desc').limit(2) });
      expect(tags.map((user) => inOrder(user.tags)).sort()).toEqual([[], [], [1], [2, 1]]);
      const having = await User.includes({
        posts: (posts) => posts.whereHas('comments').order('author.name').order('id', 'desc').limit(1),
      }).order('id');
      expect(having.map((user) => inOrder(user.posts))).toEqual([[2], [4], [], []]);
    });
  });

  describe('what is loaded', () => {
    test('in one load the same row is one object', async () => {
      const users = await User.includes({ posts: { comments: 'user' } }, 'mentor').order('id');
      const [ada, bob] = users;
      expect(bob?.mentor.value).toBe(ada);
      const comments = ada?.posts.toArray().flatMap((post) => post.comments.toArray()) ?? [];
      expect(comments.find(({ id }) => id === 1)?.user.value).toBe(bob);
      expect(comments.find(({ id }) => id === 3)?.user.value).toBe(ada);
    });

    test('a polymorphic belongsTo: a statement for each kind', async () => {
      const photos = await sending(3, () => Photo.includes('owner').order('id'));
      expect(photos.map((photo) => photo.owner.value?.constructor.name)).toEqual(['User', 'User', 'Post', 'User']);
    });

    test('with the model of the records, in scopes and in default scopes', async () => {
      const users = await User.includes('notes', 'drafts').order('id');
      expect(users.map((user) => [idsOf(user.notes), idsOf(user.drafts)])).toEqual([
        [[1, 3], [2]],
        [[], []],
        [[], [5]],
        [[], []],
      ]);
    });
  });

  test('a collection takes them as any query does', async () => {
    const ada = await User.find(1);
    const posts = await sending(2, () => ada.posts.includes('comments').order('id'));
    expect(posts.map((post) => idsOf(post.comments))).toEqual([[1, 2], [3], []]);
    const joined = await sending(1, () => ada.posts.eagerLoad('comments', 'author').order('id').limit(2));
    expect(joined.map((post) => [idsOf(post.comments), post.author.value.name])).toEqual([
      [[1, 2], 'Ada'],
      [[3], 'Ada'],
    ]);
    const counted = await sending(1, () => ada.tags.withCount('posts').order('id'));
    expect(counted.map((tag) => tag.postsCount)).toEqual([3, 1]);
  });

  describe('load and loadMissing', () => {
    test('load associations of records that are there, and give what they were given', async () => {
      const users = await User.order('id');
      const loaded = await sending(2, () => User.load(users, { posts: 'comments' }));
      expect(loaded).toBe(users);
      expect(loaded[0]?.posts.map((post) => post.comments.length).sort()).toEqual([0, 1, 2]);
      const one = await User.find(2);
      const same = await sending(1, () => User.load(one, 'mentor'));
      expect(same).toBe(one);
      expect(same.mentor.value?.name).toBe('Ada');
      expect(await sending(0, () => User.load([], 'posts'))).toEqual([]);
    });

    test('load asks always, loadMissing only for what is not there', async () => {
      const users = await User.includes('posts').order('id');
      const before = users[0]?.posts.at(0);
      await sending(1, () => User.load(users, 'posts'));
      expect(users[0]?.posts.at(0)).not.toBe(before);
      await sending(0, () => User.loadMissing(users, 'posts'));
      await sending(1, () => User.loadMissing(users, { posts: 'comments' }));
      await sending(0, () => User.loadMissing(users, { posts: 'comments' }));
      const more = [...users, await User.find(1)];
      const kept = users[0]?.posts.at(0);
      const [sent = ''] = await statementsOf(() => User.loadMissing(more, 'posts'));
      expect(sent).toContain('posts');
      expect(users[0]?.posts.at(0)).toBe(kept);
      expect((await more[4]?.posts)?.length).toBe(3);
    });

    test('with functions, and through statement counts that do not grow', async () => {
      const users = await User.order('id');
      const loaded = await sending(1, () => User.load(users, { posts: (posts) => posts.order('id').limit(1) }));
      expect(loaded.map((user) => inOrder(user.posts))).toEqual([[1], [4], [5], []]);
    });

    test('a record whose attributes were changed keeps its changes', async () => {
      const [ada] = await User.order('id');
      const [post] = await Post.where({ id: 1 });
      if (ada === undefined || post === undefined) throw new Error('no records');
      post.title = 'changed';
      await Post.load(post, { author: 'posts' });
      expect(post.title).toBe('changed');
      // The post itself is among the posts of its author.
      expect((await (await post.author).posts).find(({ id }) => id === 1)).toBe(post);
    });

    test('errors, before anything is sent', async () => {
      const user = await User.find(1);
      const other = await errorBeforeSending(() => Post.load(user as never, 'author'));
      expect(other).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(other.message).toContain('Post.load takes records of Post, not one of User');
      const mixed = await errorBeforeSending(() => User.loadMissing([user, {}] as never, 'posts'));
      expect(mixed.message).toContain('User.loadMissing takes records of User');
      const unsaved = await errorBeforeSending(() => User.load(new User({ name: 'new' }), 'posts'));
      expect(unsaved.message).toContain('is not saved yet');
      const unknown = await errorBeforeSending(() => User.load(user, 'post' as never));
      expect(unknown).toMatchObject({ code: 'AR_ASSOCIATION_UNKNOWN' });
      expect((await errorBeforeSending(() => User.load(user, 'namesakes'))).message).toContain('asks for its owner');
    });

    test('of destroyed records there is nothing to load', async () => {
      const user = await User.create({ id: 99, name: 'Eve' });
      await user.destroy();
      expect((await errorBeforeSending(() => User.load(user, 'posts'))).message).toContain('has been destroyed');
    });
  });

  test('an unknown name is an error where it is written, and two functions for one association too', async () => {
    expect(await errorBeforeSending(() => User.includes({ posts: 'comment' } as never))).toMatchObject({
      code: 'AR_ASSOCIATION_UNKNOWN',
    });
    const scoped = (posts: Query<typeof Post>) => posts.limit(1);
    const twice = await errorBeforeSending(() => User.includes({ posts: scoped }).includes({ posts: scoped }));
    expect(twice.message).toContain('two scopes');
  });
});
