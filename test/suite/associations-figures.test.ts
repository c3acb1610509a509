/** Figures about associated rows, as properties of the records: one statement, exact, and no row counted twice. */
import { inspect } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { gte, type Query, sql } from '../../lib/index.ts';
import { blogModels, type Comment, fillBlog, manyViews, Photo, Post, Tag, User } from '../support/blog.ts';
import { describeModels, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

describeModels('figures about associations', blogModels, () => {
  beforeAll(fillBlog);

  const ordered = () => User.order('id');

  describe('counts', () => {
    test('of every kind, in one statement, each row once', async () => {
      let users: readonly unknown[] = [];
      const sent = await statementsOf(async () => {
        users = (await ordered().withCount('posts', 'comments', 'tags', 'photos', 'notes', 'students', 'drafts')).map(
          (user) => [
            user.postsCount,
            user.commentsCount,
            user.tagsCount,
            user.photosCount,
            user.notesCount,
            user.studentsCount,
            user.draftsCount,
          ],
        );
      });
      expect(users).toEqual([
        [3, 3, 2, 2, 2, 2, 1],
        [1, 1, 1, 1, 0, 0, 0],
        [1, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 0],
      ]);
      expect(sent).toHaveLength(1);
    });

    test('of plain many-to-many, from both sides, and of one record', async () => {
      expect(
        (await Post.order('id').withCount('tags', 'photos')).map((post) => [post.tagsCount, post.photosCount]),
      ).toEqual([
        [2, 1],
        [1, 0],
        [0, 0],
        [1, 0],
        [0, 0],
      ]);
      expect((await Tag.order('id').withCount('posts')).map((tag) => tag.postsCount)).toEqual([3, 1, 0]);
      const users = await ordered().withCount('profile', 'latestPost', 'mentor');
      expect(users.map((user) => [user.profileCount, user.latestPostCount, user.mentorCount])).toEqual([
        [1, 1, 0],
        [1, 1, 1],
        [0, 1, 1],
        [0, 0, 0],
      ]);
    });

    test('with functions that narrow them, also with joins and with raw SQL', async () => {
      const users = await ordered()
        .withCount({ posts: (posts) => posts.where({ votes: gte(4) }) })
        .withCount({ comments: (comments: Query<typeof Comment>) => comments.where(sql`comments.body LIKE ${'t%'}`) })
        .withCount({ students: (students) => students.where(sql`users.name = ${'Bob'}`) });
      expect(users.map((user) => [user.postsCount, user.commentsCount, user.studentsCount])).toEqual([
        [1, 2, 1],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ]);
      const joined = await ordered().withCount({
        posts: (posts) => posts.joins('comments', sql`comments.post_id = posts.id`),
      });
      // Post 1 has two comments, and is one post.
      expect(joined.map((user) => user.postsCount)).toEqual([2, 1, 0, 0]);
      const none = await ordered().withCount({ posts: (posts) => posts.none() });
      expect(none.map((user) => user.postsCount)).toEqual([0, 0, 0, 0]);
    });

    test('with conditions by association, also where a table stands in several of the queries', async () => {
      const users = await ordered()
        .withCount({ posts: (posts) => posts.whereHas('comments') })
        .withCount({ students: (students) => students.whereHas('posts').where({ mentor: { name: 'Ada' } }) })
        .withExists({ comments: (comments) => comments.where({ user: { students: { name: 'Bob' } } }) })
        .withSum(
          { tags: (tags) => tags.whereHas('posts', (posts) => posts.where({ author: { name: 'Bob' } })) },
          'weight',
        );
      expect(
        users.map((user) => [user.postsCount, user.studentsCount, user.commentsExist, user.tagsSumWeight]),
      ).toEqual([
        [2, 2, true, 5],
        [1, 0, true, 5],
        [0, 0, false, null],
        [0, 0, false, null],
      ]);
      const some = await User.whereHas('posts', (posts) => posts.where({ draft: true }))
        .where({ mentor: { name: 'Ada' } })
        .withCount('posts');
      expect(some.map((user) => [user.name, user.postsCount])).toEqual([['Cyd', 1]]);
    });

    test('whether there are any', async () => {
      const users = await ordered().withExists('posts', 'tags', { notes: (notes) => notes.where({ text: 'seen' }) });
      expect(users.map((user) => [user.postsExist, user.tagsExist, user.notesExist])).toEqual([
        [true, true, true],
        [true, true, false],
        [true, false, false],
        [false, false, false],
      ]);
    });
  });

  describe('values', () => {
    test('have the types that sum, average, minimum and maximum give', async () => {
      const users = await ordered()
        .withSum('posts', 'votes')
        .withSum('posts', 'price')
        .withSum('posts', 'views')
        .withAverage('posts', 'votes')
        .withAverage('posts', 'price')
        .withAverage('posts', 'views')
        .withMinimum('posts', 'price')
        .withMaximum('posts', 'views')
        .withMinimum('posts', 'publishedOn')
        .withMaximum('posts', 'title');
      for (const user of users) {
        const posts = Post.where({ authorId: user.id });
        expect(user).toMatchObject({
          postsSumVotes: await posts.sum('votes'),
          postsSumPrice: await posts.sum('price'),
          postsSumViews: await posts.sum('views'),
          postsAverageVotes: await posts.average('votes'),
          postsAveragePrice: await posts.average('price'),
          postsAverageViews: await posts.average('views'),
          postsMinimumPrice: await posts.minimum('price'),
          postsMaximumViews: await posts.maximum('views'),
          postsMinimumPublishedOn: await posts.minimum('publishedOn'),
          postsMaximumTitle: await posts.maximum('title'),
        });
      }
      const [ada, , , dan] = users;
      expect(ada).toMatchObject({ postsSumVotes: 7, postsSumPrice: '10.30', postsAverageVotes: 3.5 });
      expect(ada?.postsSumViews).toBe(manyViews + 2n);
      expect(ada?.postsAveragePrice).toBe('5.150000');
      expect(ada?.postsMinimumPublishedOn).toBe('2023-05-06');
      expect([dan?.postsSumVotes, dan?.postsSumPrice, dan?.postsAveragePrice, dan?.postsMaximumTitle]).toEqual([
        null,
        null,
        null,
        null,
      ]);
    });

    test('of 32-bit numbers keep their digits', async () => {
      const [ada] = await ordered().withMaximum('posts', 'rating');
      expect(ada?.postsMaximumRating).toBe(await Post.where({ authorId: 1 }).maximum('rating'));
      expect(ada?.postsMaximumRating).toBeCloseTo(16777.217, 2);
    });

    test('of rows that are reached by several ways come in once', async () => {
      const users = await ordered().withSum('tags', 'weight');
      expect(users.map((user) => user.tagsSumWeight)).toEqual([12, 5, null, null]);
      const posts = await Post.order('id').withSum('tags', 'weight');
      expect(posts.map((post) => post.tagsSumWeight)).toEqual([12, 5, null, 5, null]);
    });

    test('of the one record that a hasOne picks', async () => {
      const users = await ordered().withSum('latestPost', 'price').withMaximum('profile', 'bio');
      expect(users.map((user) => [user.latestPostSumPrice, user.profileMaximumBio])).toEqual([
        [null, 'first'],
        ['99.99', 'older'],
        ['0.01', null],
        [null, null],
      ]);
    });

    test('with a function that narrows them', async () => {
      const users = await ordered().withSum({ posts: (posts) => posts.where({ draft: true }) }, 'price');
      expect(users.map((user) => user.postsSumPrice)).toEqual(['0.20', null, '0.01', null]);
    });
  });

  test('are in JSON and in what is printed, and are never a change', async () => {
    const user = await ordered().withCount('posts').withSum('posts', 'views').firstOrFail();
    expect(user.changed).toEqual([]);
    expect(user.toJSON()).toMatchObject({ id: 1, postsCount: 3, postsSumViews: String(manyViews + 2n) });
    expect(inspect(user)).toContain('postsCount: 3');
    expect(Object.keys(user.attributes)).not.toContain('postsCount');
    user.name = 'Ada L.';
    expect(user.changed).toEqual(['name']);
  });

  describe('beside', () => {
    test('select, limit, offset, order and conditions', async () => {
      const users = await User.select('id')
        .where({ id: gte(1) })
        .withCount('posts')
        .order('id', 'desc')
        .limit(2)
        .offset(1);
      expect(users.map((user) => [user.id, user.postsCount])).toEqual([
        [3, 1],
        [2, 1],
      ]);
      expect(() => users[0]?.toJSON()).not.toThrow();
      const selected = await ordered().select('id', { twice: sql<number>`id * 2` }).withCount('posts');
      expect(selected.map((user) => [user.twice, user.postsCount])).toEqual([
        [2, 3],
        [4, 1],
        [6, 1],
        [8, 0],
      ]);
    });

    test('distinct and joins', async () => {
      const users = await User.joins('posts', sql`posts.author_id = users.id`)
        .distinct()
        .withCount('posts')
        .order('id');
      expect(users.map((user) => [user.id, user.postsCount])).toEqual([
        [1, 3],
        [2, 1],
        [3, 1],
      ]);
    });

    test('joins by association, and an order by one', async () => {
      const users = await User.joins('posts').distinct().withCount('posts', 'comments').order('id');
      expect(users.map((user) => [user.id, user.postsCount, user.commentsCount])).toEqual([
        [1, 3, 3],
        [2, 1, 1],
        [3, 1, 0],
      ]);
      const byMentor = await User.order('mentor.name', 'desc', { nulls: 'last' })
        .order('id')
        .withCount('students')
        .limit(3);
      expect(byMentor.map((user) => [user.id, user.studentsCount])).toEqual([
        [2, 0],
        [3, 0],
        [1, 2],
      ]);
    });

    test('union, from and other queries around it', async () => {
      const both = await User.where({ id: 1 })
        .union(User.where({ id: 2 }))
        .withCount('posts')
        .order('id');
      expect(both.map((user) => user.postsCount)).toEqual([3, 1]);
      expect(await Post.where({ author: User.withCount('posts').where({ id: 1 }) }).count()).toBe(3);
    });

    test('includes, and inside of what is included', async () => {
      const users = await ordered()
        .withCount('posts')
        .includes({ posts: (posts) => posts.order('id').withCount('comments').withSum('tags', 'weight') });
      expect(users.map((user) => user.posts.map((post) => [post.commentsCount, post.tagsSumWeight]))).toEqual([
        [
          [2, 12],
          [1, 5],
          [0, null],
        ],
        [[1, 5]],
        [[0, null]],
        [],
      ]);
      const limited = await ordered().includes({
        posts: (posts) => posts.order('id', 'desc').limit(1).withCount('comments'),
      });
      expect(limited.map((user) => user.posts.map((post) => [post.id, post.commentsCount]))).toEqual([
        [[3, 0]],
        [[4, 1]],
        [[5, 0]],
        [],
      ]);
    });

    test('every way of reading', async () => {
      const query = User.withCount('posts');
      expect((await query.find(1)).postsCount).toBe(3);
      expect((await query.find([2, 1])).map((user) => user.postsCount)).toEqual([1, 3]);
      expect((await query.findBy({ name: 'Ada' }))?.postsCount).toBe(3);
      expect((await query.first())?.postsCount).toBe(3);
      expect((await query.last())?.postsCount).toBe(0);
      expect((await query.where({ id: 1 }).sole()).postsCount).toBe(3);
      const each: number[] = [];
      for await (const user of query.findEach({ size: 2 })) each.push(user.postsCount);
      expect(each).toEqual([3, 1, 1, 0]);
      const batched: number[] = [];
      for await (const { relation } of query.inBatches({ size: 3 })) {
        for (const user of await relation) batched.push(user.postsCount);
      }
      expect(batched).toEqual([3, 1, 1, 0]);
      expect((await query.paginate({ page: 2, perPage: 1 })).records[0]?.postsCount).toBe(1);
      const page = await query.order('name').cursorPaginate({ limit: 2 });
      expect(page.records.map((user) => user.postsCount)).toEqual([3, 1]);
      const next = await query.order('name').cursorPaginate({ limit: 2, after: page.endCursor });
      expect(next.records.map((user) => user.postsCount)).toEqual([1, 0]);
      expect(await query.count()).toBe(4);
      expect(await User.where({ id: query }).count()).toBe(4);
    });
  });

  describe('errors, before anything is sent', () => {
    test('for a name that is taken', async () => {
      const twice = await errorBeforeSending(() => User.withCount('posts').withCount('posts'));
      expect(twice).toMatchObject({ code: 'AR_QUERY_INVALID' });
      expect(twice.message).toContain('has "postsCount" already');
      const member = await errorBeforeSending(() => User.withSum('posts', 'title' as never));
      expect(member.message).toContain('"postsSumTitle" is taken by a member');
      const selected = await errorBeforeSending(() => User.select({ postsCount: sql`1` }).withCount('posts'));
      expect(selected.message).toContain('a selected expression');
    });

    test('for names that there are not, and for what cannot be counted', async () => {
      expect(await errorBeforeSending(() => User.withCount('post' as never))).toMatchObject({
        code: 'AR_ASSOCIATION_UNKNOWN',
      });
      expect(await errorBeforeSending(() => User.withSum('posts', 'vote' as never))).toMatchObject({
        code: 'AR_ATTRIBUTE_UNKNOWN',
      });
      const namesakes = await errorBeforeSending(() => User.withCount('namesakes'));
      expect(namesakes.message).toContain('asks for its owner');
      const limited = await errorBeforeSending(() => User.withCount({ posts: (posts) => posts.limit(1) }));
      expect(limited.message).toContain('has a limit');
      expect((await errorOf(() => User.withSum('posts', 'title' as never).limit(1))).code).toBe('AR_QUERY_INVALID');
      const polymorphic = await errorBeforeSending(() => Photo.withCount('owner' as never));
      expect(polymorphic.message).toContain('leads to several models');
      expect(await errorBeforeSending(() => User.withCount(5 as never))).toMatchObject({ code: 'AR_QUERY_INVALID' });
    });
  });
});
