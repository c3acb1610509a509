import {
  BaseModel,
  belongsTo,
  column,
  delegatedType,
  hasMany,
  hasOne,
  type Query,
  type Relation,
  SoftDelete,
  type Validations,
} from 'active-record-ts';

// Compiled, never run: what classes that use concerns have, and what must not compile.

abstract class Hideable extends BaseModel.with({ hiddenAt: column.datetime().nullable() }) {
  static scopes = {
    shown: (records: Query<typeof Hideable>) => records.where({ hiddenAt: null }),
    hiddenSince: (records: Query<typeof Hideable>, moment: Date) => records.where({ hiddenAt: moment }),
  };
  static validations = { hiddenAt: { presence: { allowNull: true } } } satisfies Validations<typeof Hideable>;
  static describe() {
    return 'hideable';
  }
  async hide() {
    this.hiddenAt = new Date();
    return this.save();
  }
}
abstract class Sluggable extends BaseModel.with({
  slug: column.string().default(''),
  kind: column.enum(['short', 'long'], { scopes: true }).default('short'),
}) {
  toParam() {
    return this.slug;
  }
  get shout() {
    return this.slug.toUpperCase();
  }
}
/** A concern with an association, in a circle with the models that use it. */
abstract class Annotated extends BaseModel.use(Hideable).with({
  get notes() {
    return hasMany(Note, { as: 'subject' });
  },
}) {
  async noteTexts() {
    return (await this.notes).map((note) => note.body);
  }
}
abstract class ApplicationRecord extends BaseModel {
  describeRecord() {
    return String(this.primaryKey);
  }
}

class Post extends ApplicationRecord.use(Annotated, Sluggable).with({
  id: column.id(),
  title: column.string(),
  userId: column.references('users'),
  get author() {
    return belongsTo(Author, { foreignKey: 'userId' });
  },
}) {
  static override scopes = {
    ...Hideable.scopes,
    titled: (posts: Query<typeof Post>, title: string) => posts.where({ title }),
  };
  static validations = { slug: { length: { max: 10 } }, title: { presence: true } } satisfies Validations<typeof Post>;
}
class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  get posts() {
    return hasMany(Post);
  },
}).use(Sluggable) {
  /** Without the spread: what the concerns declare is there. */
  static override scopes = { named: (authors: Query<typeof Author>, name: string) => authors.where({ name }) };
}
class Note extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  subjectId: column.integer(),
  subjectType: column.string(),
}) {}
class Page extends BaseModel.use(Hideable) {}
class Special extends Post.with({ price: column.decimal(10, 2).nullable() }) {}

export async function checks() {
  const post = await Post.create({ title: 'Notes', userId: 1, slug: 'notes', hiddenAt: null, kind: 'long' });
  const slug: string = post.slug;
  const param: string = post.toParam();
  const shout: string = post.shout;
  const hidden: Date | null = (await post.hide()).hiddenAt;
  const again: string = (await post.hide()).describeRecord();
  const texts: string[] = await post.noteTexts();
  const isLong: boolean = post.isLong();
  const described: string = Post.describe();
  const uses: boolean = Post.uses(Hideable);
  const shown: Relation<typeof Post> = Post.all().shown().titled('x').hiddenSince(new Date()).long();
  const first: Post | null = await Post.where({ slug: 'x', hiddenAt: null }).shown().first();
  await Author.all().named('Ada').where({ slug: 'x' }).short();
  const ofAuthor: Post[] = await (await Author.find(1)).posts.shown().titled('x');
  const included = (await Post.includes('author', 'notes').shown().first())?.notes.at(0)?.body;
  await Page.all().shown();
  const special: Special[] = await Special.where({ price: '1.00', slug: 'x' }).shown().titled('x');
  post.assign({ slug: 'x', title: 'y', hiddenAt: new Date() });
  await post.update({ slug: 'x', title: 'y' });
  await post.touch('hiddenAt');
  new Post({ slug: 'x', title: 'y' });
  return {
    slug,
    param,
    shout,
    hidden,
    again,
    texts,
    isLong,
    described,
    uses,
    shown,
    first,
    ofAuthor,
    included,
    special,
  };
}

export async function refused(post: Post) {
  // @ts-expect-error a required column of the model is missing
  await Post.create({ slug: 'x', userId: 1 });
  // @ts-expect-error of another type
  await Post.create({ title: 'x', userId: 1, slug: 1 });
  // @ts-expect-error nobody declares it
  await Post.where({ slugg: 'x' });
  // @ts-expect-error nobody declares it
  Post.all().shownn();
  // @ts-expect-error the scope takes a moment
  Post.all().hiddenSince('x');
  // @ts-expect-error no such member
  post.toParams();
  // @ts-expect-error no such attribute
  post.assign({ slugg: 'x' });
  // @ts-expect-error no such attribute
  await post.update({ titel: 'x' });
  // @ts-expect-error no such attribute
  new Post({ titel: 'x' });
  // @ts-expect-error no concern
  BaseModel.use(Date);
  // @ts-expect-error no concern
  Post.uses('Hideable');
  // @ts-expect-error Note uses no concern
  Note.all().shown();
}

class Entry extends BaseModel.use(SoftDelete).with({
  id: column.id(),
  entryableId: column.integer(),
  entryableType: column.string(),
  authorId: column.references('authors').nullable(),
  get entryable() {
    return delegatedType([Message, Page]);
  },
  get author() {
    return belongsTo(Author, { optional: true });
  },
}) {}
class Message extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  get entry() {
    return hasOne(Entry, { as: 'entryable' });
  },
}) {}

export async function delegated(entry: Entry) {
  const isMessage: boolean = entry.entryable.is(Message);
  const message: Message | null = await entry.entryable.as(Message);
  const body: string | undefined = message?.body;
  const found: Entry[] = await Entry.whereType('entryable', Message).withDeleted().onlyDeleted();
  await Entry.all().whereType('entryable', [Message, Page]);
  await Entry.create({ entryable: new Message({ body: 'x' }) });
  const copy: Entry = entry.dup().freeze().readonly();
  const restored: Entry = await entry.restore({ dependents: true });
  const gone: Entry = await (await entry.destroy()).reallyDestroy();
  // @ts-expect-error it never leads to a Note
  entry.entryable.is(Note);
  // @ts-expect-error it never leads to a Note
  await entry.entryable.as(Note);
  // @ts-expect-error it never leads to a Note
  await Entry.whereType('entryable', Note);
  // @ts-expect-error not polymorphic
  await Entry.whereType('author', Author);
  // @ts-expect-error no such association
  await Entry.whereType('entryabel', Message);
  // @ts-expect-error a Note is none of them
  await Entry.create({ entryable: new Note({ body: 'x' }) });
  // @ts-expect-error no such option
  await entry.restore({ dependent: true });
  // @ts-expect-error Message is not deleted softly
  Message.all().withDeleted();
  return { isMessage, message, body, found, copy, restored, gone };
}
