import {
  BaseModel,
  belongsTo,
  column,
  hasMany,
  type IsolationLevel,
  type Query,
  type StandardSchema,
  transaction,
  type Validations,
  withoutTransaction,
} from 'active-record-ts';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

// What must and what must not compile among validations. The models refer to each other in circles.

declare const schema: StandardSchema;

export class Author extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  age: column.integer().nullable(),
  balance: column.decimal(10, 2).nullable(),
  joinedAt: column.datetime().nullable(),
  leftAt: column.datetime().nullable(),
  role: column.enum(['admin', 'member']).default('member'),
  tags: column.json<string[]>().nullable(),
  active: column.boolean().default(true),
  get books() {
    return hasMany(Book, { dependent: 'destroy' });
  },
}) {
  nameConfirmation?: string;
  terms = false;
  static scopes = { active: (authors: Query<typeof Author>) => authors.where({ active: true }) };
  static validations = {
    name: [
      {
        presence: true,
        length: { min: 2, max: 80, message: ({ name }, { count }) => `${name.length} of ${String(count)}` },
        format: /^\p{L}/u,
        uniqueness: {
          scope: 'role',
          caseSensitive: false,
          conditions: (authors, author) => authors.where({ active: author.active }).active(),
        },
        confirmation: { with: 'nameConfirmation' },
      },
      { exclusion: ['root'], on: 'create', if: (author) => author.age !== null },
      (name) => (name.startsWith(' ') ? 'begins with a space' : undefined),
      schema,
    ],
    age: { numericality: { integer: true, min: 0, lessThan: (author) => author.name.length } },
    balance: { numericality: { greaterThan: '0.50' } },
    leftAt: { comparison: { greaterThan: { attribute: 'joinedAt' } }, allowNull: true },
    role: { inclusion: ['admin', 'member'] },
    tags: { length: { max: 3 }, custom: async (tags) => (tags?.includes('x') ? 'has x' : undefined) },
    books: { associated: true, length: { max: 10 }, custom: (books) => books[0]?.title },
    terms: { acceptance: true },
    $record: [(author, errors) => void errors.add('base', author.name), { schema, unless: (author) => author.active }],
  } satisfies Validations<typeof Author>;
  greet() {
    return `Hi ${this.name}`;
  }
  async taken() {
    return Author.exists({ name: this.name });
  }
}

export class Book extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  authorId: column.references('authors'),
  get author() {
    return belongsTo(Author);
  },
}) {
  static validations = {
    title: { presence: { message: 'must be there' } },
    author: {
      presence: true,
      custom: async (author, book) => ((await Book.exists({ title: book.title })) ? author?.greet() : undefined),
    },
  } satisfies Validations<typeof Book>;
}

/** More rules beside those of the class above: nothing has to be repeated. */
export class Poet extends Author.with({ verses: column.integer().default(0) }) {
  static validations = { verses: { numericality: { even: true } } } satisfies Validations<typeof Poet>;
}

/** Columns read from the database. */
export class Plain extends BaseModel {
  declare name: string;
  static validations = { name: { presence: true } } satisfies Validations<typeof Plain>;
}

export async function saving() {
  const author: Author = await Author.create({ name: 'Ada' }, { context: 'import' });
  await author.update({ age: 3 }, { validate: false });
  const isValid: boolean = await (await author.save({ context: 'publish' })).isValid('publish');
  const same: Author = await author.validate();
  const poet: Poet = new Poet({ verses: 2 });
  const count: unknown = author.errors.details.name?.[0]?.count;
  // @ts-expect-error no option of that name
  await author.save({ valdate: false });
  return { isValid, same, poet, count };
}

export const wrong = [
  // @ts-expect-error unknown attribute
  { nmae: { presence: true } } satisfies Validations<typeof Author>,
  // @ts-expect-error unknown rule
  { name: { presense: true } } satisfies Validations<typeof Author>,
  // @ts-expect-error unknown option
  { name: { length: { maximum: 3 } } } satisfies Validations<typeof Author>,
  // @ts-expect-error a moment has no length
  { joinedAt: { length: { max: 3 } } } satisfies Validations<typeof Author>,
  // @ts-expect-error a moment is no number
  { joinedAt: { numericality: true } } satisfies Validations<typeof Author>,
  // @ts-expect-error a number has no format
  { age: { format: /x/ } } satisfies Validations<typeof Author>,
  // @ts-expect-error not in the enum
  { role: { inclusion: ['boss'] } } satisfies Validations<typeof Author>,
  // @ts-expect-error unknown attribute
  { leftAt: { comparison: { greaterThan: { attribute: 'joined' } } } } satisfies Validations<typeof Author>,
  // @ts-expect-error wrong value type
  { leftAt: { comparison: { greaterThan: '2026' } } } satisfies Validations<typeof Author>,
  // @ts-expect-error unknown attribute
  { name: { uniqueness: { scope: 'rule' } } } satisfies Validations<typeof Author>,
  // @ts-expect-error a method is no attribute
  { greet: { presence: true } } satisfies Validations<typeof Author>,
  // @ts-expect-error a rule gives a message
  { name: { custom: () => 3 } } satisfies Validations<typeof Author>,
  // @ts-expect-error a value has no records
  { name: { associated: true } } satisfies Validations<typeof Author>,
  // @ts-expect-error an association is not unique
  { books: { uniqueness: true } } satisfies Validations<typeof Author>,
];

/** Schemas of the libraries, alone, in a list, with options and for the record as a whole. */
export class Ticket extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  seats: column.integer().nullable(),
  tags: column.json<string[]>().nullable(),
}) {
  static validations = {
    title: [z.string().min(3).trim(), v.pipe(v.string(), v.minLength(3)), type('string >= 3')],
    seats: { schema: z.number().positive().nullable(), on: 'publish', message: 'will not do' },
    tags: v.arrayAsync(
      v.pipeAsync(
        v.string(),
        v.checkAsync(async (tag) => tag !== 'x'),
      ),
    ),
    $record: [
      z.object({ title: z.string(), seats: z.number().nullable() }),
      v.object({ title: v.string() }),
      { schema: type({ title: 'string', seats: 'number | null' }), if: (ticket) => ticket.seats !== 0 },
    ],
  } satisfies Validations<typeof Ticket>;
}

export const wrongName = {
  // @ts-expect-error unknown attribute
  titel: z.string(),
} satisfies Validations<typeof Ticket>;

export const wrongSchema = {
  // @ts-expect-error an option is no schema
  seats: { schema: { min: 3 } },
} satisfies Validations<typeof Ticket>;

export const wrongAnswer = {
  // @ts-expect-error a schema is given as it is, not what it answers
  $record: { schema: z.object({}).safeParse({}) },
} satisfies Validations<typeof Ticket>;

/** What leaves a transaction unsent comes back as a promise. */
export const left: Promise<Ticket[]> = withoutTransaction(() => Ticket.where({ seats: 1 }));
export const perhaps: Promise<Ticket[]> | undefined = withoutTransaction(() =>
  left === undefined ? undefined : Ticket.where({ seats: 1 }),
);
export const plain: number = withoutTransaction(() => 5);
const level: IsolationLevel = 'serializable';
export const chosen: Promise<number | undefined> = transaction(() => Ticket.count(), {
  connection: 'a',
  isolation: level,
});
// @ts-expect-error no connection
export const none = transaction(() => 1, { connection: 5 });
// @ts-expect-error the connection is the model's
export const unsaved = Ticket.create({ title: 'x' }, { connection: 'a' });
