import { between, column, connect, gt, gte, like, lte, not, sql, transaction } from 'active-record-ts';
import { Admin, Bare, Declared, Line, Manager, Photo, Post, User } from './models.ts';

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
