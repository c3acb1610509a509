/** MikroORM 6: an entity manager for each operation, as for each request of a server; classes with an EntitySchema each. */
export const name = 'mikro-orm';
export const kind = 'instances';
export const dialects = ['mysql'];

export async function open(url) {
  const { EntitySchema, MikroORM } = await import('@mikro-orm/mariadb');
  class User {}
  class Post {}
  class Comment {}
  const id = { type: 'integer', primary: true };
  const times = {
    createdAt: { type: 'datetime', length: 3, onCreate: () => new Date() },
    updatedAt: { type: 'datetime', length: 3, onCreate: () => new Date(), onUpdate: () => new Date() },
  };
  const users = new EntitySchema({
    class: User,
    tableName: 'users',
    properties: {
      id,
      name: { type: 'string' },
      email: { type: 'string' },
      age: { type: 'integer', nullable: true },
      balance: { type: 'decimal', precision: 12, scale: 2 },
      active: { type: 'boolean' },
      visits: { type: 'bigint' },
      preferences: { type: 'json', nullable: true },
      ...times,
      posts: { kind: '1:m', entity: () => Post, mappedBy: 'user' },
    },
  });
  const posts = new EntitySchema({
    class: Post,
    tableName: 'posts',
    properties: {
      id,
      user: { kind: 'm:1', entity: () => User, ref: true, inversedBy: 'posts' },
      title: { type: 'string' },
      body: { type: 'text' },
      published: { type: 'boolean' },
      score: { type: 'decimal', precision: 12, scale: 2 },
      ...times,
      comments: { kind: '1:m', entity: () => Comment, mappedBy: 'post' },
    },
  });
  const comments = new EntitySchema({
    class: Comment,
    tableName: 'comments',
    properties: {
      id,
      post: { kind: 'm:1', entity: () => Post, ref: true, inversedBy: 'comments' },
      author: { type: 'string' },
      body: { type: 'string' },
      ...times,
    },
  });
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [users, posts, comments],
    forceUtcTimezone: true,
    pool: { max: 10 },
  });
  const hundred = (first) => orm.em.fork().find(Post, { id: { $gte: first, $lte: first + 99 } });
  const nameOf = async (post, options) => (await post.user.loadOrFail(options)).name;
  return {
    find: (id) => orm.em.fork().findOneOrFail(User, id),
    some: (age) => orm.em.fork().find(User, { age }, { orderBy: { id: 'desc' }, limit: 50 }),
    load: () => orm.em.fork().find(User, { id: { $lte: 10_000 } }),
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
    create: async (given) => {
      const em = orm.em.fork();
      const user = em.create(User, given);
      await em.persist(user).flush();
      return user.id;
    },
    createMany: async (list) => {
      const now = new Date();
      // Past the hooks of the entity: the times are the program's.
      await orm.em.fork().insertMany(
        User,
        list.map((given) => ({ ...given, createdAt: now, updatedAt: now })),
      );
    },
    change: async (id) => {
      const em = orm.em.fork();
      const user = await em.findOneOrFail(User, id);
      user.age = (user.age + 1) % 100;
      await em.flush();
      return user.age;
    },
    // A query for each relation is the quicker one here of its two strategies.
    nested: (first) =>
      orm.em
        .fork()
        .find(
          User,
          { id: { $gte: first, $lte: first + 99 } },
          { orderBy: { id: 'asc' }, populate: ['posts.comments'], strategy: 'select-in' },
        ),
    posts: (user) => user.posts.getItems(),
    comments: (post) => post.comments.getItems(),
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await hundred(first)) names.push(await nameOf(post));
      return names;
    },
    // Its dataloader makes one query of them; in turn it would only cost.
    authorsAtOnce: async (first) =>
      Promise.all((await hundred(first)).map((post) => nameOf(post, { dataloader: true }))),
    plainUser: (user) => user,
    plainPost: (post) => ({ ...post, userId: post.user.id }),
    plainComment: (comment) => ({ ...comment, postId: comment.post.id }),
    close: () => orm.close(),
  };
}
