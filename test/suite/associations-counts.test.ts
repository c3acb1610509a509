/** The numbers of statements that are promised for loops in which no includes is written. */
import { beforeAll, expect, test } from 'vitest';
import { BaseModel, belongsTo, column, hasMany } from '../../lib/index.ts';
import { assertQueries } from '../../lib/testing/index.ts';
import { describeModels } from '../support/models.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasMany(Post);
  },
}) {}
class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  authorId: column.references('users'),
  get author() {
    return belongsTo(User);
  },
  get comments() {
    return hasMany(Comment);
  },
}) {}
class Comment extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  postId: column.references('posts'),
  authorId: column.references('users'),
  get author() {
    return belongsTo(User);
  },
}) {}

const count = 100;

describeModels('loops without includes', [User, Post, Comment], () => {
  beforeAll(async () => {
    await User.insertAll(Array.from({ length: count }, (_, index) => ({ name: `user ${index}` })));
    const authors = await User.order('id').ids();
    const authorOf = (index: number) => authors[index % count] ?? 0;
    await Post.insertAll(
      Array.from({ length: 2 * count }, (_, index) => ({ title: `post ${index}`, authorId: authorOf(index) })),
    );
    const posts = await Post.order('id').ids();
    await Comment.insertAll(
      Array.from({ length: 4 * count }, (_, index) => ({
        body: `comment ${index}`,
        postId: posts[index % posts.length] ?? 0,
        authorId: authorOf(index * 7),
      })),
    );
  });

  test('a hundred posts and their authors: two statements', async () => {
    await assertQueries(2, async () => {
      for (const post of await Post.order('id').limit(count)) expect((await post.author).id).toBe(post.authorId);
    });
    await assertQueries(2, async () => {
      const posts = await Post.order('id').limit(count);
      await Promise.all(posts.map(async (post) => expect((await post.author).id).toBe(post.authorId)));
    });
  });

  test('a hundred users, their posts, their comments and whoever wrote them: four statements', async () => {
    let seen = 0;
    await assertQueries(4, async () => {
      for (const user of await User.order('id'))
        for (const post of await user.posts)
          for (const comment of await post.comments) {
            expect((await comment.author).id).toBe(comment.authorId);
            seen++;
          }
    });
    expect(seen).toBe(4 * count);
  });
});
