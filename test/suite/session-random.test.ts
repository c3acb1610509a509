/** Random units of work against a reference of plain objects. */
import { Session } from 'active-record-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Author, Book, libraryModels, libraryTables, Page } from '../support/library.ts';
import { describeModels, emptyBeforeEach } from '../support/models.ts';

type Kind = 'author' | 'book' | 'page';
/** A row as it is to be: by a name that never changes, and that of the row which it belongs to. */
interface Row {
  readonly kind: Kind;
  readonly value: number;
  readonly owner: string | undefined;
}
type Rows = Map<string, Row>;
type Step =
  | { readonly kind: 'add'; readonly what: Kind; readonly owner: number; readonly by: 'build' | 'set' }
  | { readonly kind: 'change' | 'delete' | 'move' | 'addAndDelete'; readonly at: number; readonly to: number }
  | { readonly kind: 'flush' | 'commit' | 'rollback' | 'query' | 'restart' };

const nat = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      what: fc.constantFrom<Kind>('author', 'book', 'page'),
      owner: nat,
      by: fc.constantFrom<'build' | 'set'>('build', 'set'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom<'change' | 'delete' | 'move' | 'addAndDelete'>(
        ...(['change', 'change', 'change', 'move', 'move', 'delete', 'addAndDelete'] as const),
      ),
      at: nat,
      to: nat,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom<'flush' | 'commit' | 'rollback' | 'query' | 'restart'>(
        ...(['flush', 'flush', 'commit', 'commit', 'query', 'query', 'rollback', 'restart'] as const),
      ),
    }),
  },
);

type AnyRecord = Author | Book | Page;
const kindOf = (record: AnyRecord): Kind =>
  record instanceof Author ? 'author' : record instanceof Book ? 'book' : 'page';
const ownerKind: Record<Kind, Kind | undefined> = { author: undefined, book: 'author', page: 'book' };

/** What the session is to make of the steps. */
class Reference {
  committed: Rows = new Map();
  /** With what has been flushed, or is pending. */
  rows: Rows = new Map();

  commit(): void {
    this.committed = new Map(this.rows);
  }

  rollback(): void {
    this.rows = new Map(this.committed);
  }

  /** With all that belongs to it. */
  delete(name: string): string[] {
    const gone = [name];
    for (const each of gone) {
      this.rows.delete(each);
      for (const [child, { owner }] of this.rows) if (owner === each) gone.push(child);
    }
    return gone;
  }
}

/** The records by name, as the program has them. */
class Program {
  readonly reference = new Reference();
  readonly records = new Map<string, AnyRecord>();
  session = new Session();
  #names = 0;

  live(kind?: Kind): [string, AnyRecord][] {
    return [...this.records].filter(
      ([name, record]) => this.reference.rows.has(name) && (kind === undefined || kindOf(record) === kind),
    );
  }

  pick(at: number, kind?: Kind): [string, AnyRecord] | undefined {
    const live = this.live(kind);
    return live[at % Math.max(1, live.length)];
  }

  add(what: Kind, at: number, by: 'build' | 'set'): void {
    const needed = ownerKind[what];
    const owner = needed === undefined ? undefined : this.pick(at, needed);
    // Nobody to belong to: somebody comes first.
    if (needed !== undefined && owner === undefined) {
      this.add(needed, at, by);
      return;
    }
    const name = `row ${++this.#names}`;
    const record = this.#make(what, name, owner?.[1], by);
    this.records.set(name, record);
    this.reference.rows.set(name, { kind: what, value: 0, owner: owner?.[0] });
  }

  #make(what: Kind, name: string, owner: AnyRecord | undefined, by: 'build' | 'set'): AnyRecord {
    if (what === 'author') return this.session.add(new Author({ name, age: 0 }));
    if (what === 'book') {
      const author = owner as Author;
      if (by === 'build') return author.books.build({ title: `${name}|0` });
      return this.session.add(new Book({ title: `${name}|0`, author }));
    }
    const book = owner as Book;
    if (by === 'build') return book.pages.build({ number: pageNumber(name, 0) });
    return this.session.add(new Page({ number: pageNumber(name, 0), book }));
  }

  change(at: number, to: number): void {
    const [name, record] = this.pick(at) ?? [];
    const row = name === undefined ? undefined : this.reference.rows.get(name);
    if (name === undefined || record === undefined || row === undefined) return;
    if (record instanceof Author) record.age = to;
    else if (record instanceof Book) record.title = `${name}|${to}`;
    else record.number = pageNumber(name, to);
    this.reference.rows.set(name, { ...row, value: to });
  }

  move(at: number, to: number): void {
    const [name, book] = this.pick(at, 'book') ?? [];
    const [owner, author] = this.pick(to, 'author') ?? [];
    const row = name === undefined ? undefined : this.reference.rows.get(name);
    if (!(book instanceof Book) || !(author instanceof Author) || row === undefined || name === undefined) return;
    // A new one waits with its old owner: that is let go of first.
    if (book.isNewRecord) return;
    book.author.set(author);
    this.reference.rows.set(name, { ...row, owner });
  }

  async delete(at: number): Promise<void> {
    const [name, record] = this.pick(at) ?? [];
    if (name === undefined || record === undefined) return;
    // What depends on it is what is in the database then.
    await this.session.flush();
    this.session.delete(record);
    for (const gone of this.reference.delete(name)) this.records.delete(gone);
    // What the program holds of those is not the session's any more.
    await this.session.flush();
    await this.reload();
  }

  /** The program goes on with the session's own records. */
  async reload(): Promise<void> {
    for (const [name, row] of this.reference.rows) {
      const found = await this.find(row.kind, name);
      if (found !== null) this.records.set(name, found);
      else throw new Error(`${name} is not there`);
    }
  }

  async find(kind: Kind, name: string): Promise<AnyRecord | null> {
    if (kind === 'author') return this.session.query(Author).filterBy({ name }).oneOrNone();
    const record = this.records.get(name);
    if (record === undefined || record.isNewRecord) throw new Error(`${name} has no row`);
    return kind === 'book' ? this.session.get(Book, record.id) : this.session.get(Page, record.id);
  }

  async run(steps: readonly Step[], check: (rows: Rows) => Promise<void>): Promise<void> {
    for (const each of steps) {
      if (each.kind === 'add') this.add(each.what, each.owner, each.by);
      else if (each.kind === 'change') this.change(each.at, each.to);
      else if (each.kind === 'move') this.move(each.at, each.to);
      else if (each.kind === 'delete') await this.delete(each.at);
      else if (each.kind === 'addAndDelete') {
        this.add('author', 0, 'set');
        await this.delete(each.at);
      } else if (each.kind === 'flush') await this.session.flush();
      else if (each.kind === 'query') await this.query();
      else if (each.kind === 'commit') {
        await this.session.commit();
        this.reference.commit();
        await check(this.reference.rows);
      } else {
        if (each.kind === 'rollback') await this.session.rollback();
        else {
          await this.session.close();
          this.session = new Session();
        }
        this.reference.rollback();
        await this.#afterRollback(each.kind === 'restart');
        await check(this.reference.rows);
      }
    }
    await this.session.commit();
    this.reference.commit();
    await check(this.reference.rows);
    for (const [, record] of this.live()) expect(record.changed).toEqual([]);
    await this.session.close();
  }

  /** What the session has kept shows what was committed, and nothing of what was not. */
  async #afterRollback(isNewSession: boolean): Promise<void> {
    for (const [name, record] of this.records) {
      const row = this.reference.rows.get(name);
      if (row === undefined) {
        expect([name, record.isNewRecord, this.session.has(record)]).toEqual([name, true, false]);
        this.records.delete(name);
      } else if (!isNewSession) {
        expect([name, record.changed, shownIn(record, name)]).toEqual([name, [], row.value]);
        expect([name, this.session.has(record), record.isDestroyed]).toEqual([name, true, false]);
      }
    }
    const books = await this.session.query(Book).all();
    const pages = await this.session.query(Page).all();
    for (const author of await this.session.query(Author).all()) this.records.set(author.name, author);
    for (const book of books) this.records.set(book.title.split('|')[0] ?? '', book);
    for (const page of pages) this.records.set(`row ${Math.floor(page.number / 100)}`, page);
  }

  /** A query of the session sees all that is pending, in its own objects. */
  async query(): Promise<void> {
    const books = await this.session.query(Book).includes('author').all();
    expect(books.length).toBe(this.live('book').length);
    for (const book of books) {
      const name = book.title.split('|')[0] ?? '';
      expect(this.records.get(name)).toBe(book);
      expect(book.author.value.name).toBe(this.reference.rows.get(name)?.owner);
    }
  }
}

const pageNumber = (name: string, value: number) => Number(name.slice(4)) * 100 + value;

function shownIn(record: AnyRecord, name: string): number | null {
  if (record instanceof Author) return record.age;
  if (record instanceof Book) return Number(record.title.slice(name.length + 1));
  return record.number - pageNumber(name, 0);
}

/** The rows of the database in the form of the reference. */
async function stored(): Promise<unknown[]> {
  const authors = await Author.all();
  const books = await Book.includes('author').order('id');
  const pages = await Page.includes('book').order('id');
  for (const author of authors)
    expect([author.name, author.booksCount]).toEqual([
      author.name,
      books.filter((book) => book.authorId === author.id).length,
    ]);
  const nameOf = (book: Book) => book.title.split('|')[0];
  return [
    ...authors.map((each) => [each.name, 'author', each.age, undefined]),
    ...books.map((each) => [nameOf(each), 'book', Number(each.title.split('|')[1]), each.author.value.name]),
    ...pages.map((each) => [
      `row ${Math.floor(each.number / 100)}`,
      'page',
      each.number % 100,
      nameOf(each.book.value),
    ]),
  ].sort();
}

const numRuns = process.env.AR_TEST_LONG === '1' ? 400 : 25;

describeModels('random units of work', libraryModels, () => {
  emptyBeforeEach(...libraryTables);

  describe('end', () => {
    it('in the state of a reference of plain objects', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
          for (const model of [Page, Book, Author]) await model.deleteAll({ everyRow: true });
          const program = new Program();
          try {
            await program.run(steps, async (rows) => {
              const expected = [...rows].map(([name, { kind, value, owner }]) => [name, kind, value, owner]).sort();
              expect(await stored()).toEqual(expected);
            });
          } finally {
            await program.session.close();
          }
        }),
        { numRuns, seed: 7 },
      );
    }, 600_000);
  });
});
