import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  hasOne,
  type Query,
  RecordInvalid,
  RecordNotUnique,
  transaction,
  type Validations,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  email: column.string().nullable().unique(),
  team: column.string().default('red'),
  active: column.boolean().default(true),
  get books() {
    return hasMany(Book);
  },
  get card() {
    return hasOne(Card);
  },
}) {
  static scopes = { active: (authors: Query<typeof Author>) => authors.where({ active: true }) };
  static validations = {
    name: {
      uniqueness: { scope: 'team', conditions: (authors, author) => authors.active().where({ team: author.team }) },
    },
    email: { uniqueness: { message: '{value} is somebody else' } },
    books: { associated: true, length: { max: 2, on: 'counted' }, presence: { on: 'counted' } },
    card: { associated: true, presence: { on: 'counted' } },
  } satisfies Validations<typeof Author>;
}
class Book extends BaseModel.with({
  id: column.id(),
  title: column.string().nullable(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
}) {
  static validations = {
    title: { presence: true },
    author: { associated: true },
    authorId: { presence: true },
  } satisfies Validations<typeof Book>;
}
class Card extends BaseModel.with({
  id: column.id(),
  code: column.string(4),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
}) {}
/** A value that is unique in each team: the index has the team first. */
class Member extends BaseModel.with({
  team: column.string(20).primaryKey(),
  name: column.string(20).primaryKey(),
  note: column.string().nullable(),
}) {
  static validations = {
    name: { uniqueness: { scope: 'team', message: 'is in that team already' } },
  } satisfies Validations<typeof Member>;
}
class Exact extends Author.with({}) {
  static override tableName = 'authors';
  static validations = { name: { uniqueness: { caseSensitive: true } } } satisfies Validations<typeof Exact>;
}
class Loose extends Author.with({}) {
  static override tableName = 'authors';
  static validations = { name: { uniqueness: { caseSensitive: false } } } satisfies Validations<typeof Loose>;
}
/** What a save fills in: key and timestamps. */
class Album extends BaseModel.with(
  {
    id: column.uuid().primaryKey(),
    name: column.string(),
    get songs() {
      return hasMany(Song, { nested: { destroy: true } });
    },
  },
  column.timestamps(),
) {
  static validations = { songs: { associated: true } } satisfies Validations<typeof Album>;
}
class Song extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  albumId: column.uuid().nullable(),
  get album() {
    return belongsTo(Album, { optional: true });
  },
}) {
  static validations = { title: { presence: true } } satisfies Validations<typeof Song>;
}
/** The same table without validations. */
class Row extends BaseModel.with({ id: column.id(), name: column.string(), team: column.string().default('red') }) {
  static override tableName = 'authors';
}

describeModels('uniqueness', [Author, Book, Card, Member], () => {
  emptyBeforeEach('books', 'cards', 'authors', 'members');

  it('asks before it saves, and says the same where only the index knew', async () => {
    await Author.create({ name: 'Ada', email: 'a@b.c' });
    const other = new Author({ name: 'Bob', email: 'a@b.c' });
    const statements = await statementsOf(() => errorOf(() => other.save()));
    expect(statements.filter((each) => !each.startsWith('SELECT'))).toEqual([]);
    const before = other.errors.toJSON();
    const error = await errorOf(() => other.save({ validate: false }));
    expect(error).toBeInstanceOf(RecordInvalid);
    expect(error.cause).toBeInstanceOf(RecordNotUnique);
    expect([before, other.errors.toJSON()]).toEqual(Array(2).fill({ email: ['a@b.c is somebody else'] }));
    expect(other.errors.has('email', 'taken')).toBe(true);
  });

  it('holds among a hundred who ask at once: one is saved, and the others are told why', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => Author.create({ name: `Name ${index}`, email: 'a@b.c' })),
    );
    const reasons = results.flatMap((each) => (each.status === 'rejected' ? [each.reason as RecordInvalid] : []));
    expect(reasons).toHaveLength(99);
    expect(new Set(reasons.map(({ errors }) => JSON.stringify(errors)))).toEqual(
      new Set(['{"email":["a@b.c is somebody else"]}']),
    );
    expect(await Author.count()).toBe(1);
  });

  it('is told on its own attribute, whichever is the first of the index', async () => {
    await Member.create({ team: 'red', name: 'Ada' });
    const again = new Member({ team: 'red', name: 'Ada' });
    await errorOf(() => again.save());
    const before = again.errors.toJSON();
    await errorOf(() => again.save({ validate: false }));
    expect([before, again.errors.toJSON()]).toEqual(Array(2).fill({ name: ['is in that team already'] }));
    await again.assign({ team: 'blue' }).save();
  });

  it('goes by scope and conditions', async () => {
    const ada = await Author.create({ name: 'Ada' });
    await expect(Author.create({ name: 'Ada' })).rejects.toThrow('Name has already been taken');
    const blue = await Author.create({ name: 'Ada', team: 'blue' });
    await expect(blue.update({ team: 'red' })).rejects.toThrow('Name has already been taken');
    await ada.update({ active: false });
    await blue.update({ team: 'red' });
    expect(await Author.count()).toBe(2);
  });

  it('does not take the record itself for another, and asks only where something has changed', async () => {
    const author = await Author.create({ name: 'Ada', email: 'a@b.c' });
    await author.update({ email: 'a@b.c', active: true });
    await author.update({ name: 'ada' });
    const members = await statementsOf(async () => {
      const member = await Member.create({ team: 'red', name: 'Ada' });
      await member.update({ note: 'x' });
    });
    expect(members.map((each) => each.slice(0, 6))).toEqual(['SELECT', 'INSERT', 'UPDATE']);
  });

  it('takes upper and lower case as it is told', async () => {
    await Row.create({ name: 'Ada' });
    expect(await new Exact({ name: 'ada', team: 'x' }).isValid()).toBe(true);
    expect(await new Exact({ name: 'Ada', team: 'x' }).isValid()).toBe(false);
    expect(await new Loose({ name: 'aDA', team: 'x' }).isValid()).toBe(false);
    expect(await new Loose({ name: 'Adam', team: 'x' }).isValid()).toBe(true);
  });

  it('sees what its own transaction has written', async () => {
    await transaction(async () => {
      await Author.create({ name: 'Ada', email: 'a@b.c' });
      expect(await new Author({ name: 'Bob', email: 'a@b.c' }).isValid()).toBe(false);
    });
  });

  it('leaves createOrFindBy to find', async () => {
    const ada = await Author.create({ name: 'Ada', email: 'a@b.c' });
    expect((await Author.createOrFindBy({ email: 'a@b.c' }, { name: 'Bob' })).id).toBe(ada.id);
  });
});

describeModels('associated records', [Author, Book, Card, Member], () => {
  emptyBeforeEach('books', 'cards', 'authors', 'members');

  it('tell their errors to the record', async () => {
    const author = new Author({
      name: 'Ada',
      books: [new Book({ title: 'Notes' }), new Book(), new Book({ title: ' ' })],
    });
    author.card.set(new Card({ code: '12345' }));
    expect(await author.isValid()).toBe(false);
    expect(author.errors.toJSON()).toEqual({
      books: ["Title can't be blank", "Title can't be blank"],
      card: ['Code is too long (at most 4 characters)'],
    });
    expect(author.errors.fullMessages()).toEqual([
      "Books: Title can't be blank",
      "Books: Title can't be blank",
      'Card: Code is too long (at most 4 characters)',
    ]);
    expect(author.errors.where('books', 'blank').map(({ details }) => details)).toEqual([
      { associated: 'title', index: 1 },
      { associated: 'title', index: 2 },
    ]);
    await expect(author.save()).rejects.toThrow("Author was not saved: Books: Title can't be blank");
    expect([await Author.count(), await Book.count()]).toEqual([0, 0]);
  });

  it('are valid where only the key of their owner is missing, which its save gives them', async () => {
    const author = new Author({ name: 'Ada', books: [new Book({ title: 'Notes' })] });
    expect(await author.isValid()).toBe(true);
    await author.save();
    expect(await Book.count()).toBe(1);
    const book = new Book({ title: 'More', author: new Author({ name: 'Bob' }) });
    expect(await book.isValid()).toBe(true);
    await book.save();
    expect(await new Book({ title: 'Lost' }).isValid()).toBe(false);
  });

  it('stop everything where they are invalid, also without that rule', async () => {
    class Publisher extends BaseModel.with({
      id: column.id(),
      name: column.string(),
      get books() {
        return hasMany(Book, { foreignKey: 'authorId' });
      },
    }) {
      static override tableName = 'authors';
    }
    const error = await errorOf(() => new Publisher({ name: 'x', books: [new Book()] }).save());
    expect(error.message).toBe("Book was not saved: Title can't be blank.");
    expect(await Author.count()).toBe(0);
  });

  it('are counted, and asked for', async () => {
    const author = await Author.create({ name: 'Ada' });
    await expect(author.validate('counted')).rejects.toThrow("Books can't be blank, Card can't be blank");
    for (const title of ['a', 'b', 'c']) await Book.create({ title, authorId: author.id });
    await Card.create({ code: 'x', authorId: author.id });
    const found = await Author.find(author.id);
    expect(await found.isValid('counted')).toBe(false);
    expect(found.errors.toJSON()).toEqual({ books: ['is too long (at most 2 items)'] });
  });

  it('that refer to each other in a circle are each asked once', async () => {
    const author = await Author.create({ name: 'Ada' });
    await Book.create({ title: 'Notes', authorId: author.id });
    const [found] = await Author.includes({ books: 'author' });
    for (const book of found?.books ?? []) if (found !== undefined) book.author.set(found);
    expect(await found?.isValid()).toBe(true);
  });
});

describeModels('what a save fills in or makes', [Album, Song], () => {
  emptyBeforeEach('songs', 'albums');

  it('is not missed by isValid', async () => {
    const album = new Album({ name: 'Blue' });
    expect([await album.isValid(), album.errors.toJSON(), album.id]).toEqual([true, {}, null]);
    expect(await new Album().isValid()).toBe(false);
    await album.save();
  });

  it('of nested attributes is told by the owner', async () => {
    const made = await errorOf(() => Album.create({ name: 'Blue', songsAttributes: [{ title: ' ' }] }));
    expect(made.message).toBe("Album was not saved: Songs: Title can't be blank.");
    const album = await Album.create({ name: 'Blue', songsAttributes: [{ title: 'One' }, { title: 'Two' }] });
    const [one, two] = await album.songs;
    const found = await Album.find(album.id);
    const changed = await errorOf(() =>
      found.update({
        name: 'Red',
        songsAttributes: [
          { id: one?.id ?? 0, title: '' },
          { id: two?.id ?? 0, destroy: true },
        ],
      }),
    );
    expect(changed.message).toBe("Album was not saved: Songs: Title can't be blank.");
    expect(await Song.count()).toBe(2);
    expect((await Album.find(album.id)).name).toBe('Blue');
  });
});

describe('the methods', () => {
  it('are those of every record', () => {
    expect([typeof BaseModel.prototype.isValid, typeof BaseModel.prototype.validate]).toEqual(['function', 'function']);
  });
});
