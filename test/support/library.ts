/** The models of the suites about sessions: every kind of association, counters, locking, callbacks. */
import { BaseModel, belongsTo, column, hasAndBelongsToMany, hasMany, hasOne } from '../../lib/index.ts';

export class Author extends BaseModel.with(
  {
    id: column.id(),
    name: column.string(40),
    email: column.string().nullable().unique(),
    age: column.integer().nullable(),
    notes: column.json<{ list: number[] }>().nullable(),
    booksCount: column.integer().default(0),
    get books() {
      return hasMany(Book, { dependent: 'destroy' });
    },
    get profile() {
      return hasOne(Profile, { dependent: 'destroy' });
    },
  },
  column.timestamps(),
) {
  static validations = { name: { length: { min: 2 } } };
}
export class Profile extends BaseModel.with({
  id: column.id(),
  bio: column.string(),
  authorId: column.references('authors').unique(),
  get author() {
    return belongsTo(Author);
  },
}) {}
export class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author, { counterCache: true });
  },
  get pages() {
    return hasMany(Page, { dependent: 'destroy' });
  },
  get labels() {
    return hasAndBelongsToMany(Label);
  },
  get reviews() {
    return hasMany(Review, { dependent: 'destroy' });
  },
  get readers() {
    return hasMany(Reader, { through: 'reviews' });
  },
}) {}
export class Page extends BaseModel.with({
  id: column.id(),
  number: column.integer(),
  bookId: column.references('books'),
  get book() {
    return belongsTo(Book);
  },
}) {}
export class Label extends BaseModel.with({ id: column.id(), name: column.string() }) {}
export class Reader extends BaseModel.with({ id: column.id(), name: column.string() }) {}
export class Review extends BaseModel.with({
  id: column.id(),
  bookId: column.references('books'),
  readerId: column.references('readers'),
  get book() {
    return belongsTo(Book);
  },
  get reader() {
    return belongsTo(Reader);
  },
}) {}
export class BooksLabel extends BaseModel.with({
  bookId: column.references('books'),
  labelId: column.references('labels'),
}) {
  static override tableName = 'books_labels';
}
/** Refers to itself. */
export class Tree extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  parentId: column.references('trees').nullable(),
  get parent() {
    return belongsTo(Tree, { optional: true });
  },
  get branches() {
    return hasMany(Tree, { foreignKey: 'parentId' });
  },
}) {}
export class Account extends BaseModel.with({
  id: column.id(),
  owner: column.string(),
  balance: column.decimal(10, 2),
  lockVersion: column.integer().default(0),
}) {}
/** A key of two columns, and one that the program gives. */
export class Line extends BaseModel.with({
  orderNo: column.integer().primaryKey(),
  position: column.integer().primaryKey(),
  text: column.string().nullable(),
}) {}
export class Token extends BaseModel.with({
  id: column.uuid().primaryKey(),
  label: column.string(),
  data: column.binary().nullable(),
  price: column.decimal(12, 4).nullable(),
  at: column.datetime(6).nullable(),
  active: column.boolean().default(false),
  ratio: column.double().nullable(),
  kind: column.enum(['a', 'b']).default('a'),
  info: column.json<unknown>().nullable(),
  count: column.bigint().nullable(),
}) {}

export const libraryModels = [
  Author,
  Profile,
  Book,
  Page,
  Label,
  BooksLabel,
  Reader,
  Review,
  Tree,
  Account,
  Line,
  Token,
];
/** In an order in which they can be emptied. */
export const libraryTables = [
  'reviews',
  'readers',
  'books_labels',
  'labels',
  'pages',
  'books',
  'profiles',
  'authors',
  'accounts',
  'lines',
  'tokens',
];
