/** Drizzle: its query builder, relational queries for what is nested, and `prepare()`, as its page on performance says. */
export const name = 'drizzle';
export const kind = 'plain';
export const dialects = ['mysql'];

export async function open(url) {
  const { between, desc, eq, lte, relations, sql } = await import('drizzle-orm');
  const { bigint, boolean, datetime, decimal, int, json, mysqlTable, text, varchar } = await import(
    'drizzle-orm/mysql-core'
  );
  const { drizzle } = await import('drizzle-orm/mysql2');
  const { createPool } = await import('mysql2/promise');
  const now = () => new Date();
  const times = () => ({
    createdAt: datetime('created_at', { fsp: 3 }).notNull().$defaultFn(now),
    updatedAt: datetime('updated_at', { fsp: 3 }).notNull().$onUpdate(now),
  });
  const users = mysqlTable('users', {
    id: int().primaryKey().autoincrement(),
    name: varchar({ length: 255 }).notNull(),
    email: varchar({ length: 255 }).notNull(),
    age: int(),
    balance: decimal({ precision: 12, scale: 2 }).notNull().default('0'),
    active: boolean().notNull(),
    visits: bigint({ mode: 'bigint' }).notNull(),
    preferences: json(),
    ...times(),
  });
  const posts = mysqlTable('posts', {
    id: int().primaryKey().autoincrement(),
    userId: int('user_id').notNull(),
    title: varchar({ length: 255 }).notNull(),
    body: text().notNull(),
    published: boolean().notNull(),
    score: decimal({ precision: 12, scale: 2 }).notNull(),
    ...times(),
  });
  const comments = mysqlTable('comments', {
    id: int().primaryKey().autoincrement(),
    postId: int('post_id').notNull(),
    author: varchar({ length: 255 }).notNull(),
    body: varchar({ length: 255 }).notNull(),
    ...times(),
  });
  const schema = {
    users,
    posts,
    comments,
    usersRelations: relations(users, ({ many }) => ({ posts: many(posts) })),
    postsRelations: relations(posts, ({ one, many }) => ({
      user: one(users, { fields: [posts.userId], references: [users.id] }),
      comments: many(comments),
    })),
    commentsRelations: relations(comments, ({ one }) => ({
      post: one(posts, { fields: [comments.postId], references: [posts.id] }),
    })),
  };
  // The mode `default` makes lateral joins, which MariaDB has not.
  const pool = createPool({ uri: url, connectionLimit: 10, timezone: 'Z', supportBigNumbers: true });
  const db = drizzle({ client: pool, schema, mode: 'planetscale' });
  const first = sql.placeholder('first');
  const last = sql.placeholder('last');
  const userByKey = db
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder('id')))
    .prepare();
  const someUsers = db
    .select()
    .from(users)
    .where(eq(users.age, sql.placeholder('age')))
    .orderBy(desc(users.id))
    .limit(50)
    .prepare();
  const usersUpTo = db.select().from(users).where(lte(users.id, last)).prepare();
  const postsBetween = db
    .select()
    .from(posts)
    .where(between(posts.id, first, last))
    .prepare();
  const nestedUsers = db.query.users
    .findMany({
      where: between(users.id, first, last),
      orderBy: users.id,
      with: { posts: { with: { comments: true } } },
    })
    .prepare();
  const find = async (id) => (await userByKey.execute({ id }))[0];
  const hundredPosts = (key) => postsBetween.execute({ first: key, last: key + 99 });
  const nameOf = async (post) => (await find(post.userId)).name;
  return {
    find,
    some: (age) => someUsers.execute({ age }),
    load: () => usersUpTo.execute({ last: 10_000 }),
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
    create: async (given) => (await db.insert(users).values(given).$returningId())[0].id,
    createMany: async (list) => {
      await db.insert(users).values(list);
    },
    change: async (id) => {
      const age = ((await find(id)).age + 1) % 100;
      await db.update(users).set({ age }).where(eq(users.id, id));
      return age;
    },
    nested: (key) => nestedUsers.execute({ first: key, last: key + 99 }),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (key) => {
      const names = [];
      for (const post of await hundredPosts(key)) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (key) => Promise.all((await hundredPosts(key)).map(nameOf)),
    plainUser: (user) => user,
    plainPost: (post) => post,
    plainComment: (comment) => comment,
    close: () => pool.end(),
  };
}
