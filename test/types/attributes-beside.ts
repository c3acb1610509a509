import { BaseModel, belongsTo, column, type Defaults, hasMany, type Validations } from 'active-record-ts';

// What must and must not compile of virtual attributes, keys of JSON and defaults. The models refer to each other in circles.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(value?: T) => value;

export class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  settings: column.json<{ theme: string; tabs?: number; mode: 'a' | null }>().default({ theme: 'x', mode: null }),
  maybe: column.json<{ city: string }>().nullable(),
  counts: column.json<Record<string, number>>(),
  loose: column.json().nullable(),
  theme: column.store('settings', 'theme'),
  tabs: column.store('settings', 'tabs'),
  mode: column.store('settings', 'mode'),
  city: column.store('maybe', 'city'),
  count: column.store('counts', 'any'),
  anything: column.store('loose', 'x'),
  wrongKey: column.store('settings', 'them'),
  wrongName: column.store('setings', 'theme'),
  terms: column.boolean().default(false).virtual(),
  hint: column.string().virtual(),
  get posts() {
    return hasMany(Post);
  },
}) {
  static defaults = { counts: (author) => ({ name: author.name.length }) } satisfies Defaults<typeof Author>;
  static validations = {
    terms: { acceptance: true },
    theme: { inclusion: ['x', 'y'] },
    // @ts-expect-error: only columns are unique
    hint: { uniqueness: true },
  } satisfies Validations<typeof Author>;
  async first() {
    return (await this.posts.first())?.slug;
  }
}

export class Post extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  slug: column.string(),
  authorId: column.references('authors'),
  editorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
  get editor() {
    return belongsTo(Author);
  },
}) {
  static defaults = {
    slug: (post) => post.title,
    editorId: (post) => post.authorId,
  } satisfies Defaults<typeof Post>;
  static wrong = {
    // @ts-expect-error: of another type
    slug: (post) => post.title.length,
    // @ts-expect-error: async
    title: async () => 'x',
    // @ts-expect-error: an association
    author: () => null,
  } satisfies Defaults<typeof Post>;
  static unknown = {
    // @ts-expect-error: unknown
    slugg: () => 'x',
  } satisfies Defaults<typeof Post>;
  static make(title: string) {
    return Post.create({ title, authorId: 1 });
  }
}

export class Admin extends Author.with({
  level: column.integer(),
  look: column.store('settings', 'theme'),
}) {
  static defaults = { level: (admin) => admin.look.length } satisfies Defaults<typeof Admin>;
}

export async function use(author: Author, post: Post, admin: Admin) {
  same<Equal<typeof author.theme, string>>();
  same<Equal<typeof author.tabs, number | null>>();
  same<Equal<typeof author.mode, 'a' | null>>();
  same<Equal<typeof author.city, string | null>>();
  same<Equal<typeof author.count, number | null>>();
  same<Equal<typeof author.anything, unknown>>();
  same<Equal<typeof author.wrongKey, never>>();
  same<Equal<typeof author.wrongName, never>>();
  same<Equal<typeof author.terms, boolean>>();
  same<Equal<typeof author.hint, string | null>>();
  same<Equal<typeof admin.look, string>>();
  same<Equal<typeof admin.theme, string>>();

  await Author.create({ name: 'x', terms: true, tabs: 3, hint: null });
  new Author({ terms: true, theme: 'x' }).assign({ city: null });
  await Post.create({ title: 'x', authorId: 1 });
  await Post.create({ title: 'x', author, slug: 'y', editor: author });
  await author.posts.create({ title: 'x' });
  // @ts-expect-error: the title is required
  await Post.create({ authorId: 1 });
  // @ts-expect-error: of another type
  await Author.create({ name: 'x', terms: 'yes' });
  // @ts-expect-error: of another type
  author.tabs = 'x';
  // @ts-expect-error: no column
  await Author.where({ terms: true });
  // @ts-expect-error: no column
  await Author.where({ theme: 'x' });
  // @ts-expect-error: no column
  await Author.order('terms');
  // @ts-expect-error: no column
  await Author.pluck('theme');
  // @ts-expect-error: no column
  await Author.select('terms');
  // @ts-expect-error: no column
  await Author.group('theme').count();
  // @ts-expect-error: no column
  await Author.insertAll([{ name: 'x', counts: {}, terms: true }]);
  // @ts-expect-error: no column
  await Author.where({ id: 1 }).updateAll({ terms: true });
  // @ts-expect-error: no column
  await author.updateColumns({ theme: 'x' });
  // @ts-expect-error: insertAll asks no defaults
  await Post.insertAll([{ title: 'x', authorId: 1 }]);
  const [selected] = await Author.select('id');
  selected?.terms satisfies boolean | undefined;
  return [post, (await Post.make('x')).slug];
}

// @ts-expect-error: nothing comes after it
column.string().virtual().nullable();
// @ts-expect-error: not for tables
({ x: column.string().virtual() }) satisfies Record<string, ReturnType<typeof column.string>>;

abstract class Titled extends BaseModel.with({
  title: column.string(),
  slug: column.string(),
  draft: column.boolean().default(false).virtual(),
  tone: column.store('style', 'tone'),
  heading: column.alias('title'),
  unfinished: column.alias('draft'),
  style: column.json<{ tone?: 'loud' | 'soft' }>().default({}),
}) {
  static defaults = { slug: (titled) => titled.title } satisfies Defaults<typeof Titled>;
}
class Page extends BaseModel.use(Titled).with({
  id: column.id(),
  sound: column.store('style', 'tone'),
  label: column.alias('title'),
}) {
  static defaults = { id: () => 1 } satisfies Defaults<typeof Page>;
}
export async function together(page: Page) {
  same<Equal<typeof page.unfinished, boolean>>();
  same<Equal<typeof page.sound, 'loud' | 'soft' | null>>();
  same<Equal<typeof page.label, string>>();
  // A concern's default counts.
  await Page.create({ title: 'x', unfinished: true, tone: 'soft' });
  // @ts-expect-error: the title is required, and under its own name
  await Page.create({ heading: 'x' });
  // @ts-expect-error: of another type
  await Page.create({ title: 'x', unfinished: 'yes' });
  // @ts-expect-error: not declared
  new Page({ titel: 'x' });
  await Page.order('heading');
  // @ts-expect-error: no column behind it
  await Page.order('unfinished');
  page.toJSON({ only: ['unfinished', 'tone', 'draft', 'title'] });
  page.toJSON({ except: ['draft', 'tone'] });
  // @ts-expect-error: not declared
  page.toJSON({ only: ['tones'] });
  const permitted = Page.permit({}, ['title', 'draft', 'tone', 'unfinished', 'heading']);
  same<Equal<typeof permitted.draft, boolean | undefined>>();
  same<Equal<typeof permitted.tone, 'loud' | 'soft' | null | undefined>>();
  same<Equal<typeof permitted.heading, string | undefined>>();
  return Page.create(permitted.title === undefined ? { title: 'x' } : { ...permitted, title: permitted.title });
}
// @ts-expect-error: nothing comes after it
column.string().virtual().readonly();
