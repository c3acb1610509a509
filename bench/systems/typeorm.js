/** TypeORM: repositories, classes with an EntitySchema each. */
export const name = 'typeorm';
export const kind = 'instances';
export const dialects = ['mysql'];

export async function open(url) {
  await import('reflect-metadata');
  const { Between, DataSource, EntitySchema, LessThanOrEqual } = await import('typeorm');
  class User {}
  class Post {}
  class LazyPost {}
  class Comment {}
  const id = { type: 'int', primary: true, generated: true };
  // Columns like others: as CreateDateColumn and UpdateDateColumn they would be the server's to fill, by defaults that
  // these tables do not have, and would be selected again after each save.
  const times = {
    createdAt: { name: 'created_at', type: 'datetime', precision: 3 },
    updatedAt: { name: 'updated_at', type: 'datetime', precision: 3 },
  };
  const users = new EntitySchema({
    name: 'User',
    target: User,
    tableName: 'users',
    columns: {
      id,
      name: { type: 'varchar' },
      email: { type: 'varchar' },
      age: { type: 'int', nullable: true },
      balance: { type: 'decimal', precision: 12, scale: 2 },
      active: { type: 'boolean' },
      visits: { type: 'bigint' },
      preferences: { type: 'json', nullable: true },
      ...times,
    },
    relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'user' } },
  });
  const postColumns = {
    id,
    userId: { name: 'user_id', type: 'int' },
    title: { type: 'varchar' },
    body: { type: 'text' },
    published: { type: 'boolean' },
    score: { type: 'decimal', precision: 12, scale: 2 },
    ...times,
  };
  const author = { type: 'many-to-one', target: 'User', joinColumn: { name: 'user_id' } };
  const posts = new EntitySchema({
    name: 'Post',
    target: Post,
    tableName: 'posts',
    columns: postColumns,
    relations: {
      user: { ...author, inverseSide: 'posts' },
      comments: { type: 'one-to-many', target: 'Comment', inverseSide: 'post' },
    },
  });
  // A lazy relation costs each record of its class, so eager loading has a class without one.
  const lazyPosts = new EntitySchema({
    name: 'LazyPost',
    target: LazyPost,
    tableName: 'posts',
    columns: postColumns,
    relations: { user: { ...author, lazy: true } },
  });
  const comments = new EntitySchema({
    name: 'Comment',
    target: Comment,
    tableName: 'comments',
    columns: {
      id,
      postId: { name: 'post_id', type: 'int' },
      author: { type: 'varchar' },
      body: { type: 'varchar' },
      ...times,
    },
    relations: {
      post: { type: 'many-to-one', target: 'Post', joinColumn: { name: 'post_id' }, inverseSide: 'comments' },
    },
  });
  const source = await new DataSource({
    type: 'mysql',
    url,
    poolSize: 10,
    timezone: 'Z',
    entities: [users, posts, lazyPosts, comments],
  }).initialize();
  const userRepository = source.getRepository(User);
  const postRepository = source.getRepository(LazyPost);
  const hundred = (first) => postRepository.findBy({ id: Between(first, first + 99) });
  const nameOf = async (post) => (await post.user).name;
  const withTimes = (given) => {
    const now = new Date();
    return { ...given, createdAt: now, updatedAt: now };
  };
  return {
    find: (id) => userRepository.findOneBy({ id }),
    some: (age) => userRepository.find({ where: { age }, order: { id: 'DESC' }, take: 50 }),
    load: () => userRepository.findBy({ id: LessThanOrEqual(10_000) }),
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
    create: async (given) => (await userRepository.save(userRepository.create(withTimes(given)))).id,
    createMany: async (list) => {
      // What its documentation names the quickest for many.
      await userRepository.createQueryBuilder().insert().values(list.map(withTimes)).updateEntity(false).execute();
    },
    change: async (id) => {
      const user = await userRepository.findOneBy({ id });
      user.age = (user.age + 1) % 100;
      user.updatedAt = new Date();
      await userRepository.save(user);
      return user.age;
    },
    nested: (first) =>
      userRepository.find({
        where: { id: Between(first, first + 99) },
        order: { id: 'ASC' },
        relations: { posts: { comments: true } },
      }),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await hundred(first)) names.push(await nameOf(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await hundred(first)).map(nameOf)),
    plainUser: (user) => user,
    plainPost: (post) => post,
    plainComment: (comment) => comment,
    close: () => source.destroy(),
  };
}
