/** Prisma 7: its generated client with the adapter for MariaDB; no engine beside the process. */
import { existsSync } from 'node:fs';

const generated = new URL('../prisma/generated/client.js', import.meta.url);

export const name = 'prisma';
export const kind = 'plain';
export const dialects = ['mysql'];

export async function open(url) {
  if (!existsSync(generated)) await import('../prisma/generate.js');
  const [{ PrismaMariaDb }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-mariadb'),
    import(generated.href),
  ]);
  const { hostname, port, username, password, pathname } = new URL(url);
  const adapter = new PrismaMariaDb({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    connectionLimit: 10,
  });
  const prisma = new PrismaClient({ adapter });
  const find = (id) => prisma.user.findUniqueOrThrow({ where: { id } });
  const posts = (first) => prisma.post.findMany({ where: { id: { gte: first, lte: first + 99 } } });
  // It has no lazy loading: a find for each, which it gathers to one query where they are at once.
  const author = async (post) => (await find(post.userId)).name;
  return {
    find,
    some: (age) => prisma.user.findMany({ where: { age }, orderBy: { id: 'desc' }, take: 50 }),
    load: () => prisma.user.findMany({ where: { id: { lte: 10_000 } } }),
    read: (user) =>
      user.id +
      user.name.length +
      user.email.length +
      user.age +
      // An object of its own.
      user.balance.toNumber() +
      (user.active ? 1 : 0) +
      Number(user.visits) +
      user.preferences.size +
      user.createdAt.getTime() +
      user.updatedAt.getTime(),
    create: async (data) => (await prisma.user.create({ data })).id,
    createMany: async (data) => {
      await prisma.user.createMany({ data });
    },
    change: async (id) => {
      const { age } = await find(id);
      return (await prisma.user.update({ where: { id }, data: { age: (age + 1) % 100 } })).age;
    },
    nested: (first) =>
      prisma.user.findMany({
        where: { id: { gte: first, lte: first + 99 } },
        orderBy: { id: 'asc' },
        include: { posts: { include: { comments: true } } },
      }),
    posts: (user) => user.posts,
    comments: (post) => post.comments,
    authorsInTurn: async (first) => {
      const names = [];
      for (const post of await posts(first)) names.push(await author(post));
      return names;
    },
    authorsAtOnce: async (first) => Promise.all((await posts(first)).map(author)),
    plainUser: (user) => user,
    plainPost: (post) => post,
    plainComment: (comment) => comment,
    close: () => prisma.$disconnect(),
  };
}
