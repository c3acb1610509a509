import { BaseModel, belongsTo, column, gte, hasMany, Session, sql } from 'active-record-ts';

// What must and what must not compile with sessions. The models refer to each other in circles.

export class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  get posts() {
    return hasMany(Post);
  },
}) {
  static scopes = {};
  greet() {
    return this.name;
  }
}
export class Post extends BaseModel.with({
  id: column.uuid().primaryKey(),
  title: column.string(),
  userId: column.references('users'),
  get user() {
    return belongsTo(User);
  },
}) {}
class Line extends BaseModel.with({
  orderId: column.integer().primaryKey(),
  position: column.integer().primaryKey(),
}) {}
class Bare extends BaseModel {}
class Admin extends User {
  rights() {
    return [this.name];
  }
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(): T | undefined => undefined;

export async function sessions(): Promise<void> {
  await using session = new Session({
    connection: 'default',
    autoflush: false,
    isolation: 'serializable',
    timeout: 10,
  });
  // @ts-expect-error
  new Session({ autocommit: true });

  const user = session.add(new User({ name: 'Ada' }));
  same<Equal<typeof user, User>>();
  session.addAll([user, new Post({ title: 'Notes' })]);
  session.delete(user);
  // @ts-expect-error
  session.add({ name: 'Ada' });
  // @ts-expect-error
  session.addAll([{}]);

  const found = await session.get(User, 1);
  same<Equal<typeof found, User | null>>();
  // @ts-expect-error
  found.greet();
  found?.greet();
  const post = await session.get(Post, 'a-uuid');
  same<Equal<typeof post, Post | null>>();
  // @ts-expect-error
  await session.get(User, '1');
  // @ts-expect-error
  await session.get(Line, 1);
  await session.get(Line, { orderId: 1, position: 2 });
  await session.get(Bare, 1);
  const admin = await session.get(Admin, 1);
  same<Equal<typeof admin, Admin | null>>();
  const admins = await session.query(Admin).filterBy({ name: 'Ada' }).all();
  same<Equal<typeof admins, Admin[]>>();
  admins[0]?.rights();
  // @ts-expect-error
  session.query(Admin).filterBy({ rights: 'all' });
  const lines = await session
    .query(Line)
    .filterBy({ orderId: [1, 2] })
    .orderBy({ position: 'desc' })
    .all();
  same<Equal<typeof lines, Line[]>>();
  same<Equal<Awaited<ReturnType<ReturnType<typeof lineQuery>['get']>>, Line | null>>();
  const bare = await session.query(Bare).first();
  same<Equal<typeof bare, Bare | null>>();
  // @ts-expect-error
  session.query({});

  const query = session
    .query(User)
    .filterBy({ age: gte(18), name: ['Ada', 'Bob'] })
    .orderBy('name', 'desc')
    .limit(1)
    .offset(1);
  const all = await query.all();
  same<Equal<typeof all, User[]>>();
  const first = await query.first();
  same<Equal<typeof first, User | null>>();
  same<Equal<Awaited<ReturnType<typeof query.one>>, User>>();
  same<Equal<Awaited<ReturnType<typeof query.count>>, number>>();
  query.filterBy(sql`age > ${1}`).orderBy({ age: 'desc' });
  // @ts-expect-error
  query.filterBy({ nmae: 'Ada' });
  // @ts-expect-error
  query.filterBy({ age: 'old' });
  // @ts-expect-error
  query.orderBy('nmae');
  // @ts-expect-error
  await query.get('1');
  for await (const each of query) each.greet();

  const [loaded] = await session.query(User).includes('posts').filterBy({ age: null }).all();
  loaded?.posts.at(0)?.title;
  // @ts-expect-error
  session.query(User).includes('comments');
  // @ts-expect-error
  (await session.query(User).all())[0].posts.at(0);

  const titles = await session.run(async () => ['a']);
  same<Equal<typeof titles, string[]>>();
}

const lineQuery = () => new Session().query(Line);
