/** Lucid without the rest of AdonisJS: its own database manager, which needs a logger and an emitter. */
export const name = 'lucid';
export const kind = 'instances';
export const dialects = ['mysql'];

export async function open(url) {
  // As in the .env of its starter: it writes times in the zone of the process.
  process.env.TZ = 'UTC';
  const { Database } = await import('@adonisjs/lucid/database');
  const { BaseModel, belongsTo, column, hasMany } = await import('@adonisjs/lucid/orm');
  class User extends BaseModel {}
  class Post extends BaseModel {}
  class Comment extends BaseModel {}
  // Its decorators, called as functions.
  const define = (model, properties) => {
    for (const [property, decorate] of Object.entries(properties)) decorate(model.prototype, property);
  };
  const times = {
    createdAt: column.dateTime({ autoCreate: true }),
    updatedAt: column.dateTime({ autoCreate: true, autoUpdate: true }),
  };
  define(User, {
    id: column({ isPrimary: true }),
    name: column(),
    email: column(),
    age: column(),
    balance: column(),
    active: column({ consume: Boolean }),
    visits: column(),
    preferences: column({ prepare: JSON.stringify }),
    ...times,
    posts: hasMany(() => Post),
  });
  define(Post, {
    id: column({ isPrimary: true }),
    userId: column(),
    title: column(),
    body: column(),
    published: column({ consume: Boolean }),
    score: column(),
    ...times,
    user: belongsTo(() => User),
    comments: hasMany(() => Comment),
  });
  define(Comment, {
    id: column({ isPrimary: true }),
    postId: column(),
    author: column(),
    body: column(),
    ...times,
    post: belongsTo(() => Post),
  });
  const nothing = () => {};
  const logger = { trace: nothing, debug: nothing, info: nothing, warn: console.warn, error: console.error };
  const db = new Database(
    {
      connection: 'mysql',
      connections: {
        mysql: {
          client: 'mysql2',
          connection: { uri: url, timezone: 'Z', supportBigNumbers: true },
          pool: { min: 2, max: 10 },
        },
      },
    },
    logger,
    { emit: nothing, hasListeners: () => false },
  );
  BaseModel.useAdapter(db.modelAdapter());
  const hundredPosts = (first) => Post.query().whereBetween('id', [first, first + 99]);
  const nameOf = async (post) => {
    await post.load('user');
    return post.user.name;
  };
  return {
    find: (id) => User.find(id),
    some: (age) => User.query().where('age', age).orderBy('id', 'desc').limit(50),
    load: () => User.query().where('id', '<=', 10_000),
    read: (user) =>
      user.id +
      user.name.length +
      user.email.length +
      user.age +
      user.balance.length +
      (user.active ? 1 : 0) +
      Number(user.visits) +
      user.preferences.size +
      user.createdAt.toMillis() +
      user.updatedAt.toMillis(),
    create: async (given) => (await User.create(given)).id,
    // Its models insert many one by one; its query builder at once.
    createMany: async (list) => {
      const now = new Date();
      await db.table('users').multiInsert(
        list.map((given) => ({
          ...given,
          preferences: JSON.stringify(given.preferences),
          created_at: now,
          updated_at: now,
        })),
      );
    },
    change: async (id) => {
      const user = await User.find(id);
      user.age = (user.age + 1) % 100;
      await user.save();
      return user.age;
    },
    nested: (first) =>
      User.query()
        .whereBetween('id', [first, first + 99])
        .orderBy('id')
        .preload('posts', (posts) => posts.preload('comments')),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await hundredPosts(first)) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await hundredPosts(first)).map(nameOf)),
    plainUser: (user) => user.$attributes,
    plainPost: (post) => post.$attributes,
    plainComment: (comment) => comment.$attributes,
    close: () => db.manager.closeAll(),
  };
}
