/** `eagerLoad`: associations in the statement of the query itself, by joins, and right whatever else the query asks for. */
import { beforeAll, describe, expect, test } from 'vitest';
import { gte, type Query, sql, transaction } from '../../lib/index.ts';
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

describeModels('eagerLoad', blogModels, () => {
  beforeAll(fillBlog);

  const idsOf = (records: Iterable<{ readonly id: number }>) => [...records].map(({ id }) => id).sort((a, b) => a - b);

  const sortedIds = (ids: readonly unknown[]) => ids.map(Number).sort((a, b) => a - b);

  describe('loads in one statement', () => {
    test('to-one associations, and empty ones as loaded', async () => {
      const posts = await sending(1, () => Post.eagerLoad('author').order('id'));
      expect(posts.map((post) => post.author.value.name)).toEqual(['Ada', 'Ada', 'Ada', 'Bob', 'Cyd']);
      // The same row is one object.
      expect(posts[0]?.author.value).toBe(posts[1]?.author.value);
      const users = await sending(1, () => User.eagerLoad('mentor', 'profile', 'latestPost').order('id'));
      expect(users.map((user) => user.mentor.value?.name ?? null)).toEqual([null, 'Ada', 'Ada', null]);
      expect(users.map((user) => user.profile.value?.bio ?? null)).toEqual(['first', 'older', null, null]);
      expect(users.map((user) => user.latestPost.value?.id ?? null)).toEqual([3, 4, 5, null]);
      // A user of the query is the mentor of another one: one object too.
      expect(users[1]?.mentor.value).toBe(users[0]);
    });

    test('to-many associations of every kind', async () => {
      const users = await sending(1, () =>
        User.eagerLoad('posts', 'comments', 'tags', 'photos', 'notes', 'students', 'drafts').order('id'),
      );
      expect(
        users.map((user) => [
          idsOf(user.posts),
          idsOf(user.comments),
          idsOf(user.tags),
          idsOf(user.photos),
          idsOf(user.notes),
          idsOf(user.students),
          idsOf(user.drafts),
        ]),
      ).toEqual([
        [[1, 2, 3], [1, 2, 3], [1, 2], [1, 2], [1, 3], [2, 3], [2]],
        [[4], [4], [1], [4], [], [], []],
        [[5], [], [], [], [], [], [5]],
        [[], [], [], [], [], [], []],
      ]);
      await sending(0, async () => users[3]?.posts.length);
    });

    test('what those have in turn, with the inverse sides set', async () => {
      const users = await sending(1, () =>
        User.eagerLoad({ posts: [{ comments: 'user' }, 'tags', 'photos'] }, 'profile').order('id'),
      );
      const [ada, bob] = users;
      expect(
        ada?.posts.map((post) => [post.id, idsOf(post.comments), idsOf(post.tags), idsOf(post.photos)]).sort(),
      ).toEqual([
        [1, [1, 2], [1, 2], [3]],
        [2, [3], [1], []],
        [3, [], [], []],
      ]);
      const first = ada?.posts.toArray().find(({ id }) => id === 1);
      expect(first?.comments.map((comment) => comment.user.value.name).sort()).toEqual(['Bob', 'Cyd']);
      // One row, one object: Bob is a user of the query, and has written a comment; red is a tag of several posts.
      expect(first?.comments.toArray().find(({ id }) => id === 1)?.user.value).toBe(bob);
      const red = first?.tags.toArray().find(({ id }) => id === 1);
      expect(bob?.posts.at(0)?.tags.at(0)).toBe(red);
      await sending(0, async () => {
        expect(await first?.author).toBe(ada);
        expect(await first?.comments.at(0)?.post).toBe(first);
      });
    });

    test('records that load more for each other', async () => {
      const users = await User.eagerLoad('posts').order('id');
      await sending(1, async () => {
        for (const user of users) for (const post of user.posts) await post.comments;
      });
    });
  });

  describe('is right with', () => {
    test('limit and offset: they count records, not rows', async () => {
      const users = await sending(1, () => User.eagerLoad('posts').order('id').limit(2));
      expect(users.map((user) => [user.id, idsOf(user.posts)])).toEqual([
        [1, [1, 2, 3]],
        [2, [4]],
      ]);
      const others = await User.eagerLoad({ posts: 'tags' }).order('name', 'desc').limit(2).offset(1);
      expect(others.map((user) => [user.name, idsOf(user.posts)])).toEqual([
        ['Cyd', [5]],
        ['Bob', [4]],
      ]);
      expect((await User.eagerLoad('posts').offset(3).order('id')).map(({ id }) => id)).toEqual([4]);
    });

    test('orders of columns, of expressions and of nulls', async () => {
      const query = User.eagerLoad('posts');
      const byMentor = await query.order('mentorId', 'asc', { nulls: 'last' }).order('id', 'desc').limit(3);
      expect(byMentor.map(({ id }) => id)).toEqual([3, 2, 4]);
      const bySql = await query.order(sql`100 - users.id`).limit(2);
      expect(bySql.map(({ id }) => id)).toEqual([4, 3]);
      const all = await query.inOrderOf('name', ['Dan', 'Ada', 'Bob']);
      expect(all.map((user) => [user.name, user.posts.length])).toEqual([
        ['Dan', 0],
        ['Ada', 3],
        ['Bob', 1],
      ]);
      expect((await query.order('id').reverseOrder()).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    });

    test('select, distinct and joins of its own', async () => {
      const selected = await User.select('name').eagerLoad('posts').order('name').limit(1);
      expect(selected.map((user) => [user.name, idsOf(user.posts)])).toEqual([['Ada', [1, 2, 3]]]);
      expect(selected[0]?.toJSON()).toEqual({ name: 'Ada' });
      const plain = await User.select('name', { twice: sql<number>`users.id * 2` }).eagerLoad('posts').order('id');
      expect(plain.map((user) => [user.twice, user.posts.length])).toEqual([
        [2, 3],
        [4, 1],
        [6, 1],
        [8, 0],
      ]);
      const distinct = await User.joins('posts', sql`posts.author_id = users.id`)
        .distinct()
        .eagerLoad('posts')
        .order('id', 'desc');
      expect(distinct.map((user) => [user.id, user.posts.length])).toEqual([
        [3, 1],
        [2, 1],
        [1, 3],
      ]);
      const joined = await User.joins('posts', sql`posts.author_id = users.id`).where({ id: 1 }).eagerLoad('posts');
      // As without eagerLoad: a row for each post.
      expect(joined.map((user) => user.posts.length)).toEqual([3, 3, 3]);
    });

    test('conditions, also on the columns of what it joins', async () => {
      const posts = await Post.eagerLoad('author').where(sql`author.name = ${'Ada'}`).order('id').limit(2);
      expect(posts.map((post) => [post.id, post.author.value.name])).toEqual([
        [1, 'Ada'],
        [2, 'Ada'],
      ]);
      expect(
        (
          await User.eagerLoad('posts')
            .where({ id: gte(3) })
            .order('id')
        ).map(({ id }) => id),
      ).toEqual([3, 4]);
      expect(await User.none().eagerLoad('posts')).toEqual([]);
    });

    test('conditions that name what it joins, whatever is asked of the query', async () => {
      const query = User.eagerLoad('posts').where(sql`posts.draft = ${true}`);
      // The joined rows are what the condition leaves of them.
      expect((await query.order('id')).map((user) => [user.id, user.posts.length])).toEqual([
        [1, 1],
        [3, 1],
      ]);
      const limited = await sending(1, () => query.order('id', 'desc').limit(1));
      expect(limited.map((user) => [user.id, user.posts.length])).toEqual([[3, 1]]);
      expect((await query.order('id').limit(1)).map((user) => idsOf(user.posts))).toEqual([[2]]);
      expect((await query.select('id').order('id').limit(1)).map((user) => idsOf(user.posts))).toEqual([[2]]);
      expect((await query.distinct().order('id')).map((user) => idsOf(user.posts))).toEqual([[2], [5]]);
      expect(await query.count()).toBe(2);
      expect(await query.exists({ name: 'Bob' })).toBe(false);
      expect(await query.many()).toBe(true);
      expect(sortedIds(await query.ids())).toEqual([1, 3]);
      expect(await query.order('id').pluck('name')).toEqual(['Ada', 'Cyd']);
      expect(await query.order('id').pick('name')).toBe('Ada');
      expect(await query.maximum('id')).toBe(3);
      const page = await query.order('id').paginate({ page: 2, perPage: 1 });
      expect([page.total, page.records.map(({ id }) => id)]).toEqual([2, [3]]);
      const batches: number[] = [];
      for await (const { relation } of query.inBatches({ size: 1 }))
        batches.push(...(await relation).map(({ id }) => id));
      expect(batches).toEqual([1, 3]);
      expect(await Post.eagerLoad('author').where(sql`author.name = ${'Ada'}`).sum('votes')).toBe(7);
    });

    test('conditions, joins and orders by association', async () => {
      const users = await sending(1, () =>
        User.joins('posts')
          .where({ posts: { draft: true } })
          .eagerLoad({ posts: 'comments' })
          .order('id')
          .distinct(),
      );
      expect(users.map((user) => [user.id, idsOf(user.posts)])).toEqual([
        [1, [1, 2, 3]],
        [3, [5]],
      ]);
      const posts = await sending(1, () =>
        Post.order('author.name', 'desc').order('id', 'desc').limit(3).eagerLoad('author', 'comments'),
      );
      expect(posts.map((post) => [post.id, post.author.value.name, post.comments.length])).toEqual([
        [5, 'Cyd', 0],
        [4, 'Bob', 1],
        [3, 'Ada', 0],
      ]);
      const scoped = await sending(1, () =>
        User.eagerLoad({
          posts: (posts) => posts.whereHas('comments').order('author.name').order('id', 'desc'),
          students: (students) => students.whereHas('posts', (own) => own.where({ draft: true })),
          mentor: (mentors) => mentors.where({ students: { name: 'Bob' } }),
        })
          .whereHas('posts')
          .order('id'),
      );
      expect(
        scoped.map((user) => [user.posts.map(({ id }) => id), idsOf(user.students), user.mentor.value?.name ?? null]),
      ).toEqual([
        [[2, 1], [3], null],
        [[4], [], 'Ada'],
        [[], [], 'Ada'],
      ]);
    });

    test('figures', async () => {
      const users = await sending(1, () =>
        User.withCount('posts')
          .eagerLoad({ posts: (posts) => posts.withCount('comments').order('id') })
          .order('id')
          .limit(2),
      );
      expect(users.map((user) => [user.postsCount, user.posts.map((post) => post.commentsCount)])).toEqual([
        [3, [2, 1, 0]],
        [1, [1]],
      ]);
    });

    test('includes beside it, and inside of it', async () => {
      const users = await sending(2, () => User.eagerLoad('posts').includes('photos').order('id'));
      expect(users.map((user) => [user.posts.length, user.photos.length])).toEqual([
        [3, 2],
        [1, 1],
        [1, 0],
        [0, 0],
      ]);
      const nested = await sending(2, () => User.includes({ posts: 'comments' }).eagerLoad('posts').order('id'));
      expect(nested[0]?.posts.map((post) => post.comments.length).sort()).toEqual([0, 1, 2]);
      const scoped = await sending(2, () =>
        User.eagerLoad({ posts: (posts) => posts.includes('comments').order('id') }).order('id'),
      );
      expect(scoped[0]?.posts.map((post) => post.comments.length)).toEqual([2, 1, 0]);
      const inner = await sending(2, () => Photo.order('id').includes('owner').limit(1));
      expect(inner[0]?.owner.value).toMatchObject({ name: 'Ada' });
    });
  });

  describe('functions narrow what is joined', () => {
    test('by conditions and order, and leave the records of the query', async () => {
      const users = await sending(1, () =>
        User.eagerLoad({ posts: (posts) => posts.where({ draft: true }).order('id', 'desc') }, 'notes').order('id'),
      );
      expect(users.map((user) => idsOf(user.posts))).toEqual([[2], [], [5], []]);
      expect(users.map((user) => idsOf(user.notes))).toEqual([[1, 3], [], [], []]);
      const ordered = await User.eagerLoad({
        posts: (posts) => posts.order('votes', 'desc', { nulls: 'first' }),
      }).order('id');
      expect(ordered[0]?.posts.map(({ id }) => id)).toEqual([3, 2, 1]);
    });

    test('by raw SQL that names the table, by joins and by expressions', async () => {
      const users = await User.eagerLoad({
        posts: (posts) => posts.where(sql`posts.votes > ${3}`).order(sql`100 - posts.id`),
      }).order('id');
      expect(users.map((user) => idsOf(user.posts))).toEqual([[2], [4], [], []]);
      const reversed = await User.eagerLoad({ posts: (posts) => posts.order(sql`100 - posts.id`) }).order('id');
      expect(reversed[0]?.posts.map(({ id }) => id)).toEqual([3, 2, 1]);
      const joined = await User.eagerLoad({
        posts: (posts) => posts.joins('comments', sql`comments.post_id = posts.id`),
        students: (students) => students.where(sql`users.name = ${'Cyd'}`),
      }).order('id');
      expect(joined.map((user) => [idsOf(user.posts), idsOf(user.students)])).toEqual([
        [[1, 2], [3]],
        [[4], []],
        [[], []],
        [[], []],
      ]);
      const computed = await User.eagerLoad({
        posts: (posts) => posts.select('id', { loud: sql<string>`upper(posts.title)` }).order('id'),
      }).order('id');
      expect(computed[0]?.posts.map((post) => post.loud)).toEqual(['POST 1', 'POST 2', 'POST 3']);
      expect(computed[0]?.posts.at(0)?.toJSON()).toMatchObject({ id: 1, loud: 'POST 1' });
    });

    test('of many-to-many and of a hasOne', async () => {
      const tags = await Tag.eagerLoad({ posts: (posts) => posts.where({ draft: false }).order('id', 'desc') }).order(
        'id',
      );
      expect(tags.map((tag) => tag.posts.map(({ id }) => id))).toEqual([[4, 1], [1], []]);
      const users = await User.eagerLoad({ profile: (profiles) => profiles.where({ bio: 'newer' }) }).order('id');
      expect(users.map((user) => user.profile.value?.id ?? null)).toEqual([null, 3, null, null]);
    });
  });

  test('every way of reading', async () => {
    const query = User.eagerLoad('posts');
    const lengths = (users: readonly { readonly posts: { readonly length: number } }[]) =>
      users.map(({ posts }) => posts.length);
    expect((await sending(1, () => query.find(1))).posts.length).toBe(3);
    expect(lengths(await query.find([2, 1]))).toEqual([1, 3]);
    expect((await query.findBy({ name: 'Ada' }))?.posts.length).toBe(3);
    expect((await query.first())?.posts.length).toBe(3);
    expect((await query.last())?.posts.length).toBe(0);
    expect(lengths(await query.last(2))).toEqual([1, 0]);
    expect((await query.order('id').take())?.posts.length).toBe(3);
    expect((await query.where({ id: 1 }).sole()).posts.length).toBe(3);
    const each: number[] = [];
    await sending(3, async () => {
      for await (const user of query.findEach({ size: 2 })) each.push(user.posts.length);
    });
    expect(each).toEqual([3, 1, 1, 0]);
    const batches: number[][] = [];
    for await (const users of query.findInBatches({ size: 3 })) batches.push(lengths(users));
    expect(batches).toEqual([[3, 1, 1], [0]]);
    const relations: number[] = [];
    for await (const { relation } of query.inBatches({ size: 3 })) relations.push(...lengths(await relation));
    expect(relations).toEqual([3, 1, 1, 0]);
    expect(lengths((await query.order('id').paginate({ page: 2, perPage: 1 })).records)).toEqual([1]);
    const page = await query.order('name').cursorPaginate({ limit: 1 });
    expect([lengths(page.records), page.hasNext]).toEqual([[3], true]);
    const next = await query.order('name').cursorPaginate({ limit: 3, after: page.endCursor });
    expect([lengths(next.records), next.hasNext]).toEqual([[1, 1, 0], false]);
    const back = await query.order('name').cursorPaginate({ limit: 1, before: next.startCursor });
    expect(lengths(back.records)).toEqual([3]);
    expect(await query.count()).toBe(4);
    expect(await query.limit(2).ids()).toHaveLength(2);
    expect(query.toSQL().sql).toContain('LEFT JOIN');
    expect(await query.explain()).toContain('posts');
  });

  describe('errors, before anything is sent', () => {
    test('for what cannot be joined', async () => {
      const polymorphic = await errorBeforeSending(() => Photo.eagerLoad('owner'));
      expect(polymorphic).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(polymorphic.message).toContain('leads to several models');
      expect(await errorBeforeSending(() => User.eagerLoad('post' as never))).toMatchObject({
        code: 'AR_ASSOCIATION_UNKNOWN',
      });
      const limited = await errorBeforeSending(() => User.eagerLoad({ posts: (posts) => posts.limit(1) }));
      expect(limited.message).toContain('has a limit');
      expect(limited.hint).toContain('includes');
      const owner = await errorBeforeSending(() => User.eagerLoad('namesakes'));
      expect(owner.message).toContain('asks for its owner');
      const distinct = await errorBeforeSending(() => User.select('name').distinct().eagerLoad('posts'));
      expect(distinct.message).toContain('User.id');
    });

    test('for row locks and cursors', async () => {
      const locked = await errorOf(() => transaction(async () => User.eagerLoad('posts').lock()));
      expect(locked.message).toContain('cannot be locked');
      const cursor = await errorBeforeSending(async () => {
        for await (const user of User.eagerLoad('posts').findEach({ cursor: true })) expect(user).toBeDefined();
      });
      expect(cursor.hint).toContain('includes');
    });
  });

  test('the SQL of it', async () => {
    const [sent = ''] = await statementsOf(() => Post.eagerLoad('author').where({ draft: false }).limit(1));
    const plain = sent.replaceAll(/["`]/g, '');
    expect(plain).toContain('FROM posts LEFT JOIN users AS author ON author.id = posts.author_id WHERE posts.draft');
    const [many = ''] = await statementsOf(() => User.eagerLoad({ posts: 'tags' }));
    expect(many.replaceAll(/["`]/g, '')).toContain(
      'LEFT JOIN posts ON posts.author_id = users.id LEFT JOIN posts_tags AS posts_tags_via ON posts_tags_via.post_id = posts.id LEFT JOIN tags AS posts_tags ON posts_tags.id = posts_tags_via.tag_id',
    );
  });

  test('a query that is combined with another keeps both', async () => {
    const users = await User.eagerLoad('posts').merge(User.eagerLoad('profile')).order('id').limit(1);
    expect(users[0]?.posts.length).toBe(3);
    const withProfile: Query<typeof User> = User.eagerLoad('profile');
    expect(await withProfile.count()).toBe(4);
  });
});
