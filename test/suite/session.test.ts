/** A unit of work: what it writes, in which order, in how many statements. */
import { BaseModel, belongsTo, column, hasAndBelongsToMany, hasMany, hasOne, Session } from 'active-record-ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { connections, sql } from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(40),
  email: column.string().nullable().unique(),
  age: column.integer().nullable(),
  booksCount: column.integer().default(0),
  ...column.timestamps(),
  get books() {
    return hasMany(Book);
  },
  get profile() {
    return hasOne(Profile);
  },
}) {}
class Profile extends BaseModel.with({
  id: column.id(),
  bio: column.string(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
}) {}
class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author, { counterCache: true });
  },
  get pages() {
    return hasMany(Page);
  },
  get labels() {
    return hasAndBelongsToMany(Label);
  },
  get reviews() {
    return hasMany(Review);
  },
  get readers() {
    return hasMany(Reader, { through: 'reviews' });
  },
}) {}
class Page extends BaseModel.with({
  id: column.id(),
  number: column.integer(),
  bookId: column.references('books'),
  get book() {
    return belongsTo(Book);
  },
}) {}
class Label extends BaseModel.with({ id: column.id(), name: column.string() }) {}
class Reader extends BaseModel.with({ id: column.id(), name: column.string() }) {}
class Review extends BaseModel.with({
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
class BooksLabel extends BaseModel.with({ bookId: column.references('books'), labelId: column.references('labels') }) {
  static override tableName = 'books_labels';
}
class Tree extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  parentId: column.references('trees').nullable(),
  get parent() {
    return belongsTo(Tree, { optional: true });
  },
  get children() {
    return hasMany(Tree, { foreignKey: 'parentId' });
  },
}) {}
const all = [Author, Profile, Book, Page, Label, BooksLabel, Reader, Review, Tree];

describeModels('a session', all, () => {
  emptyBeforeEach('reviews', 'readers', 'books_labels', 'labels', 'pages', 'books', 'profiles', 'authors');

  it('adds and commits', async () => {
    await using session = new Session();
    const ada = session.add(new Author({ name: 'Ada', age: 36 }));
    session.add(new Author({ name: 'Bob' }));
    expect(session.new).toHaveLength(2);
    const statements = await statementsOf(() => session.commit());
    console.log(statements);
    expect(ada.id).toBeTypeOf('number');
    expect(await Author.count()).toBe(2);
    expect(await session.get(Author, ada.id)).toBe(ada);
  });
  it('graph', async () => {
    await using session = new Session();
    const authors = Array.from({ length: 5 }, (_, i) => new Author({ name: `a${i}` }));
    for (const author of authors) {
      author.profile.build({ bio: author.name });
      for (let i = 0; i < 4; i++) {
        const book = author.books.build({ title: `${author.name} b${i}` });
        book.pages.build({ number: 1 });
        book.pages.build({ number: 2 });
        book.labels.build({ name: `l${i}` });
        book.readers.build({ name: `r${i}` });
      }
    }
    session.addAll(authors);
    const statements = await statementsOf(() => session.commit());
    console.log(statements.map((s) => s.slice(0, 150)));
    expect(await Page.count()).toBe(40);
    expect(await Book.count()).toBe(20);
    expect(await BooksLabel.count()).toBe(20);
    expect(await Review.count()).toBe(20);
    expect(await Author.pluck('booksCount')).toEqual([4, 4, 4, 4, 4]);
    expect(authors[0]?.booksCount).toBe(4);
    for (const [i, author] of authors.entries()) author.age = i;
    expect(session.dirty).toHaveLength(5);
    console.log(await statementsOf(() => session.flush()));
    expect(await Author.order('id').pluck('age')).not.toEqual([0, 1, 2, 3, 4]);
    expect(await session.query(Author).orderBy('id').count()).toBe(5);
    await session.commit();
    expect(await Author.order('id').pluck('age')).toEqual([0, 1, 2, 3, 4]);
  });
});
