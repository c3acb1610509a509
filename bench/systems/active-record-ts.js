/** This library. */
export const name = 'active-record-ts';
export const kind = 'instances';
export const dialects = ['mysql', 'postgres', 'sqlite'];

export async function open(url) {
  const { BaseModel, belongsTo, between, column, connect, disconnect, hasMany, lte } = await import('active-record-ts');
  class User extends BaseModel.with(
    {
      id: column.id(),
      name: column.string(),
      email: column.string(),
      age: column.integer().nullable(),
      balance: column.decimal(12, 2).default('0.00'),
      active: column.boolean(),
      visits: column.bigint(),
      preferences: column.json().nullable(),
      get posts() {
        return hasMany(Post);
      },
    },
    column.timestamps(),
  ) {}
  class Post extends BaseModel.with(
    {
      id: column.id(),
      userId: column.references('users'),
      title: column.string(),
      body: column.text(),
      published: column.boolean(),
      score: column.decimal(12, 2),
      get user() {
        return belongsTo(User);
      },
      get comments() {
        return hasMany(Comment);
      },
    },
    column.timestamps(),
  ) {}
  class Comment extends BaseModel.with(
    {
      id: column.id(),
      postId: column.references('posts'),
      author: column.string(),
      body: column.string(),
      get post() {
        return belongsTo(Post);
      },
    },
    column.timestamps(),
  ) {}
  await connect(url, { pool: 10 });
  const nameOf = async (post) => (await post.user).name;
  return {
    find: (id) => User.find(id),
    some: (age) => User.where({ age }).order({ id: 'desc' }).limit(50),
    load: () => User.where({ id: lte(10_000) }),
    read: (user) =>
      user.id +
      user.name.length +
      user.email.length +
      user.age +
      user.balance.length +
      (user.active ? 1 : 0) +
      Number(user.visits) +
      user.preferences.size +
      user.createdAt.getTime() +
      user.updatedAt.getTime(),
    create: async (given) => (await User.create(given)).id,
    createMany: (list) => User.insertAll(list),
    change: async (id) => {
      const user = await User.find(id);
      user.age = (user.age + 1) % 100;
      await user.save();
      return user.age;
    },
    nested: (first) =>
      User.where({ id: between(first, first + 99) })
        .order('id')
        .includes({ posts: 'comments' }),
    posts: (user) => user.posts.toArray(),
    comments: (post) => post.comments.toArray(),
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await Post.where({ id: between(first, first + 99) })) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await Post.where({ id: between(first, first + 99) })).map(nameOf)),
    plainUser: (user) => user.attributes,
    plainPost: (post) => post.attributes,
    plainComment: (comment) => comment.attributes,
    close: disconnect,
  };
}
