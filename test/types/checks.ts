import {
  anyOf,
  between,
  column,
  connect,
  contains,
  gt,
  gte,
  like,
  lte,
  not,
  sql,
  startsWith,
  transaction,
} from 'active-record-ts';
import { Admin, Bare, Declared, Flagged, Line, Manager, Photo, Post, User } from './models.ts';

// What must and what must not compile. A line under @ts-expect-error that begins to compile fails the type check.

export async function records() {
  const user = await User.find(1);
  const name: string = user.name;
  const age: number | null = user.age;
  user.name = 'Ada';
  const dark: boolean | undefined = user.preferences?.dark;
  await User.create({ name: 'Ada', role: 'admin' });
  await User.create('Ada');
  await Post.create({ title: 'Notes', userId: 3 });
  const admin: Admin = await Admin.find(2);
  const isAdmin: boolean = user.isAdmin();
  await user.update({ age: null });
  await user.rename('Ada');
  user.assign({ name: 'Ada' }).greet();
  const was: string | null = user.attributeWas('name');
  new User({ name: 'Ada' }).greet();
  new User();
  // @ts-expect-error a required column is missing
  await User.create({ age: 1 });
  // @ts-expect-error a required column is missing
  await Post.create({ title: 'Notes' });
  // @ts-expect-error Post has no name column
  await Post.create('Notes');
  // @ts-expect-error not in the enum
  await User.create({ name: 'Ada', role: 'boss' });
  // @ts-expect-error unknown attribute
  await User.create({ name: 'Ada', nmae: 'x' });
  // @ts-expect-error unknown attribute
  new User({ nmae: 'x' });
  // @ts-expect-error wrong value type
  user.age = 'old';
  // @ts-expect-error not nullable
  user.name = null;
  // @ts-expect-error wrong value type
  await user.update({ age: 'old' });
  // @ts-expect-error unknown attribute
  user.assign({ nmae: 'x' });
  // @ts-expect-error no attribute of that name
  user.nmae;
  // @ts-expect-error no attribute of that name
  user.attributeWas('nmae');
  // @ts-expect-error a predicate of a word that the enum does not have
  user.isBoss();
  // @ts-expect-error undefined is no value
  await User.create({ name: undefined });
  return { name, age, dark, admin, isAdmin, was };
}

export async function queries() {
  const found = await User.where({ name: 'Ada' }).order('age').olderThan(3).adults().first();
  found?.greet();
  const ages: (number | null)[] = await User.where({}).pluck('age');
  const pairs: [number, string][] = await User.all().pluck('id', 'name');
  await User.all()
    .adults()
    .where({ role: ['admin'] })
    .olderThan(5);
  await User.all().admin().adults().where({ name: 'x' });
  await User.where({ age: [1, null], name: not(['x']), role: not('admin') }).where({ age: between(1, 2) });
  await User.where({ name: like('A%'), id: lte(3) }).where(sql`length(name) > ${3}`);
  await User.order('name', 'desc').order({ age: 'asc' }).order(sql`length(name)`).limit(1).offset(2).distinct();
  const lean = await User.where({}).select('id', 'name').first();
  lean?.name.toUpperCase();
  lean?.greet();
  const ranked = await User.all().adults().select('id', { rank: sql<number>`1` }).olderThan(3).first();
  const rank: number | undefined = ranked?.rank;
  const total: string | null = await Line.all().sum('price');
  const weight: bigint | null = await Line.sum('weight');
  const averageAge: number | null = await User.average('age');
  const averagePrice: string | null = await Line.average('price');
  const oldest: number | null = await User.maximum('age');
  const three: User[] = await User.first(3);
  const one: User | null = await User.last();
  await User.where({ age: null }).updateAll({ age: 0 });
  await User.all().updateAll({ age: sql`age + 1` }, { everyRow: true });
  await User.deleteAll({ everyRow: true });
  await User.insertAll([{ name: 'Ada' }]);
  // @ts-expect-error age was not selected
  lean?.age;
  // @ts-expect-error name was not selected
  ranked?.name;
  // @ts-expect-error wrong value type
  await User.where({ name: 1 });
  // @ts-expect-error a plain object where a scalar belongs
  await User.where({ name: { not: '' } });
  // @ts-expect-error wrong operand
  await User.where({ age: gte('18') });
  // @ts-expect-error like needs text
  await User.where({ age: like('1%') });
  // @ts-expect-error unknown column
  await User.where({ nmae: 'x' });
  // @ts-expect-error null in a column that is never null
  await User.where({ name: null });
  // @ts-expect-error unknown column
  await User.order('nmae');
  // @ts-expect-error wrong direction
  await User.order('name', 'down');
  // @ts-expect-error unknown column
  await User.all().pluck('nmae');
  // @ts-expect-error unknown column
  await User.select('nmae');
  // @ts-expect-error no number
  await User.sum('name');
  // @ts-expect-error wrong scope argument
  await User.all().olderThan('x');
  // @ts-expect-error no such scope
  await User.all().younger();
  // @ts-expect-error wrong type
  await User.where({ id: 1 }).updateAll({ age: 'x' });
  // @ts-expect-error a required column is missing
  await User.insertAll([{ age: 1 }]);
  // @ts-expect-error the whole table has to be asked for
  await User.deleteAll();
  return { ages, pairs, rank, total, weight, averageAge, averagePrice, oldest, three, one };
}

export async function keys() {
  const photos: Photo[] = await Photo.find(['0190…', '0191…']);
  const line: Line = await Line.find({ orderId: 1, number: 2 });
  const ids: number[] = await User.ids();
  const composite: { orderId: number; number: number }[] = await Line.ids();
  await Photo.create({ url: 'x' });
  const taken: string | null | undefined = photos[0]?.takenAt;
  // @ts-expect-error a uuid key is a string
  await Photo.find(1);
  // @ts-expect-error half a key
  await Line.find({ orderId: 1 });
  return { photos, line, ids, composite, taken };
}

export async function classes() {
  const manager = await Manager.create({ name: 'Ada', budget: '1.00' });
  manager.boast();
  await manager.update({ budget: '2.00', name: 'Bob' });
  await Manager.where({ budget: '1.00', name: 'Ada' }).adults().rich();
  (await Photo.where({ url: 'x' }).first())?.describe();
  const shouted: string | undefined = (await Declared.where({ name: 'x' }).order('name').first())?.shout();
  await Bare.where({ anything: 1 });
  await Bare.create({ anything: 1 });
  (await Bare.find(1)).assign({ anything: 2 });
  // @ts-expect-error the budget is missing
  await Manager.create({ name: 'Ada' });
  // @ts-expect-error not declared
  await Declared.where({ nmae: 'x' });
  return shouted;
}

export async function rest() {
  const connection = await connect('sqlite::memory:', { log: true, pool: 3 });
  const rows = await connection.query(sql`SELECT 1 AS one`);
  const inside: number | undefined = await transaction(async () => 1);
  const posts: Post[] | undefined = await Post.transaction(() => Post.where({ id: gt(1) }).titled('x'));
  // @ts-expect-error a string is no statement
  await connection.query('SELECT 1');
  // @ts-expect-error unknown option
  await connect('sqlite::memory:', { poool: 3 });
  // @ts-expect-error an enum's default is one of its words
  column.enum(['a', 'b']).default('c');
  // @ts-expect-error a number column has no text default
  column.integer().default('1');
  return { rows, inside, posts };
}

export async function language() {
  const byRole: Map<'admin' | 'member', number> = await User.all().group('role').count();
  const byTwo: ['admin' | 'member', number | null, number][] = await User.group('role', 'age').count();
  const sums: Map<number, string | null> = await Line.group('orderId').having(gt(5)).sum('price');
  await User.where({ id: Post.select('userId') })
    .or({ name: startsWith('A') })
    .and(User.where({ age: 1 }))
    .adults();
  await User.whereNot({ name: 'x' })
    .rewhere({ age: [1, null] })
    .excluding(1, [2])
    .whereColumn('id', '<', 'age');
  await User.whereJson('preferences', ['dark'], true).whereExists(Post.all()).whereNotExists(sql`SELECT 1`);
  await User.order('age', 'desc', { nulls: 'last' }).reorder('name').reverseOrder().inOrderOf('role', ['admin']);
  await User.joins('posts', sql`1 = 1`).leftJoins(['posts', 'p'], sql`1 = 1`).cte('x', Post.all()).from('x').adults();
  await User.all()
    .union(User.where({ id: 1 }))
    .lock('update', { noWait: true })
    .annotate({ a: 1 })
    .readonly()
    .none();
  await User.unscoped().merge(User.limit(1)).unscope('order', { where: 'name' });
  // @ts-expect-error the queries are on different models
  User.all().union(Post.all());
  // @ts-expect-error the queries are on different models
  User.where({ id: 1 }).or(Post.all());
  // @ts-expect-error unknown column
  User.whereColumn('id', '<', 'agee');
  // @ts-expect-error no such comparison
  User.whereColumn('id', '~', 'age');
  // @ts-expect-error no such key in the document
  User.whereJson('preferences', ['drak'], true);
  // @ts-expect-error wrong type inside the document
  User.whereJson('preferences', ['dark'], 'yes');
  // @ts-expect-error no JSON column
  User.whereJson('name', ['x'], 'y');
  // @ts-expect-error wrong type
  User.whereNot({ age: 'x' });
  // @ts-expect-error unknown column
  User.rewhere({ nmae: 'x' });
  // @ts-expect-error not in the enum
  User.inOrderOf('role', ['boss']);
  // @ts-expect-error nulls are first or last
  User.order('age', 'asc', { nulls: 'middle' });
  // @ts-expect-error unknown column
  User.group('nmae');
  // @ts-expect-error no number
  await User.group('role').sum('name');
  // @ts-expect-error a join's condition is sql
  User.joins('posts', 'posts.user_id = users.id');
  // @ts-expect-error no such part
  User.all().unscope('wher');
  // @ts-expect-error text is needed
  User.where({ age: contains('1') });
  // @ts-expect-error wrong type
  User.where({ age: anyOf(['1']) });
  return { byRole, byTwo, sums };
}

export async function writing() {
  const user = await User.find(1);
  const { count, ids } = await User.insertAll([{ name: 'Ada' }]);
  const numbers: readonly number[] = ids;
  const composite: readonly { orderId: number; number: number }[] = (await Line.insertAll([])).ids;
  await user.increment('age');
  await user.decrement('age', 2, { touch: true });
  const post: Post = await (await Post.find(1)).touch('updatedAt');
  const line = await Line.find({ orderId: 1, number: 2 });
  await (await line.increment('price', '0.50')).increment('weight', 5n);
  await line.updateColumns({ price: '1.00' });
  const flagged = await Flagged.find(1);
  await flagged.toggle('active', { touch: true });
  const bare = await Bare.find(1);
  await (await bare.increment('anything', 2)).touch('whenever');
  await User.upsertAll([{ name: 'Ada' }], { conflict: 'name', update: ['age'] });
  await User.upsert({ name: 'Ada' }, { conflict: ['name'], update: { age: sql`users.age + ${sql.excluded('age')}` } });
  await User.upsert({ name: 'Ada' }, { update: 'nothing' });
  const rows: number = await User.where({ id: 1 }).updateCounters({ age: 1 }, { touch: true });
  await User.updateCounters([1, 2], { age: -1 });
  await Line.updateCounters({ orderId: 1, number: 2 }, { price: '1.5', weight: 1n });
  await Post.where({ id: 1 }).touchAll('createdAt');
  await Post.touchAll('createdAt', { everyRow: true });
  const destroyed: User[] = await User.where({ id: 1 }).destroyAll();
  await User.destroyBy({ age: gt(3) });
  await User.deleteBy(sql`age > 3`);
  const found: User = await User.where({ role: 'admin' }).findOrCreateBy({ name: 'Ada' }, { age: 3 });
  const made: User = await User.createOrFindBy({ name: 'Ada' });
  const blank: User = await User.findOrInitializeBy({ name: 'Ada' });
  // @ts-expect-error no number
  await user.increment('name');
  // @ts-expect-error the key
  await user.increment('id');
  // @ts-expect-error unknown column
  await user.increment('agee');
  // @ts-expect-error an amount is a number
  await user.increment('age', 'x');
  // @ts-expect-error a bigint is none of an integer's
  await user.decrement('age', 1n);
  // @ts-expect-error unknown option
  await user.increment('age', 1, { tuoch: true });
  // @ts-expect-error no boolean
  await user.toggle('age');
  // @ts-expect-error no moment
  await user.touch('name');
  // @ts-expect-error no moment
  await Post.where({ id: 1 }).touchAll('title');
  // @ts-expect-error wrong value type
  await user.updateColumns({ age: 'x' });
  // @ts-expect-error unknown column
  await user.updateColumns({ agee: 1 });
  // @ts-expect-error unknown column
  await User.upsert({ name: 'x' }, { conflict: 'nmae' });
  // @ts-expect-error unknown column
  await User.upsert({ name: 'x' }, { update: ['nmae'] });
  // @ts-expect-error wrong value type
  await User.upsert({ name: 'x' }, { update: { age: 'x' } });
  // @ts-expect-error no such word
  await User.upsert({ name: 'x' }, { update: 'all' });
  // @ts-expect-error a required column is missing
  await User.upsert({ age: 1 });
  // @ts-expect-error no number
  await User.where({ id: 1 }).updateCounters({ name: 1 });
  // @ts-expect-error the key of User is a number
  await User.updateCounters('1', { age: 1 });
  // @ts-expect-error the whole table has to be asked for
  await User.destroyAll();
  // @ts-expect-error the whole table has to be asked for
  await Post.touchAll();
  // @ts-expect-error unknown column
  await User.deleteBy({ nmae: 'x' });
  // @ts-expect-error wrong value type
  await User.destroyBy({ age: 'x' });
  // @ts-expect-error values only
  await User.findOrCreateBy({ age: gt(3) });
  // @ts-expect-error unknown column
  await User.createOrFindBy({ nmae: 'x' });
  // @ts-expect-error wrong value type
  await User.findOrInitializeBy({ name: 'x' }, { age: 'x' });
  return { count, numbers, composite, post, rows, destroyed, found, made, blank };
}

export async function reading(signal: AbortSignal) {
  const sole: User = await User.findSoleBy({ name: 'Ada' });
  const only: User = await User.where({ age: 3 }).sole();
  const second: User | null = await User.order('name').second();
  const picked: number | null = await User.pick('id');
  const tuple: [number, number | null] | null = await User.all().adults().pick('id', 'age');
  const [empty, many, one]: boolean[] = [await User.isEmpty(), await User.many(), await User.all().one()];
  for await (const user of User.all().adults()) user.greet();
  for await (const user of User.select('id', 'name').findEach({ cursor: true })) user.name.toUpperCase();
  for await (const lines of Line.findInBatches({ after: { orderId: 1, number: 2 } })) lines[0]?.price.toUpperCase();
  for await (const { relation, lastKey } of User.all().inBatches({ size: 3, start: 5 })) {
    const key: number = lastKey;
    await relation.adults().where({ id: key }).updateAll({ age: 1 });
  }
  const page = await User.where({ age: 3 }).paginate({ page: 1, perPage: 5 });
  const names: string[] = page.records.map((user) => user.name);
  const cursors = await User.cursorPaginate({ order: { name: 'desc', id: 'asc' }, after: null, limit: 3 });
  const next: string | null = cursors.endCursor;
  const plan: string = await User.all().explain({ analyze: true });
  const limited: User | null = await User.timeout(5).signal(signal).adults().first();
  // @ts-expect-error unknown column
  await User.findSoleBy({ nmae: 'Ada' });
  // @ts-expect-error wrong value type
  await User.findByOrFail({ age: 'old' });
  // @ts-expect-error unknown column
  await User.pick('nmae');
  // @ts-expect-error at least one name
  await User.all().pick();
  // @ts-expect-error a key of another type
  User.findEach({ start: 'x' });
  // @ts-expect-error half a key
  Line.inBatches({ after: { orderId: 1 } });
  // @ts-expect-error a cursor has no batches
  User.findEach({ cursor: true, size: 5 });
  // @ts-expect-error unknown option
  User.all().findInBatches({ sice: 5 });
  // @ts-expect-error what was not selected
  for await (const user of User.select('id').findEach()) user.name;
  // @ts-expect-error a number
  await User.paginate({ page: '2' });
  // @ts-expect-error unknown column
  await User.cursorPaginate({ order: 'nmae' });
  // @ts-expect-error wrong direction
  await User.all().cursorPaginate({ order: { name: 'down' } });
  // @ts-expect-error a cursor is text
  await User.cursorPaginate({ after: 5 });
  // @ts-expect-error milliseconds
  User.timeout('5');
  // @ts-expect-error an AbortSignal
  User.signal(new AbortController());
  return { sole, only, second, picked, tuple, empty, many, one, names, next, plan, limited };
}

export async function expressions() {
  await User.where({ age: gt(sql`id`), name: gte(sql<string>`lower(name)`) });
  await User.group('role').having(gt('1.50')).count();
  await User.whereMatch(['name'], 'x').maximum('age');
  // @ts-expect-error no text
  User.whereMatch('age', 'x');
}
