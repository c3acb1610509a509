import { MigrationInvalid } from '../../errors/migration.ts';
import {
  byColumn,
  characters,
  column,
  columns,
  columnsOrNames,
  comment,
  content,
  either,
  flag,
  type Kind,
  listOf,
  milliseconds,
  name,
  names,
  oneOf,
  optional,
  options,
  partial,
  shape,
  statement,
  steps,
  text,
  words,
} from './argument-kinds.ts';

interface Signature {
  /** The parameters, in their order. */
  readonly takes: Readonly<Record<string, Kind>>;
  /** For whoever has written something else. */
  readonly example: string;
}

const byName = shape({ name });
const order = oneOf('asc', 'desc');
const method = oneOf('btree', 'hash', 'gin', 'gist', 'spgist', 'brin');
const deferrable = oneOf('deferred', 'immediate');
const action = oneOf('cascade', 'restrict', 'setNull', 'noAction');
const actions = { onDelete: action, onUpdate: action };
const online = {
  algorithm: oneOf('default', 'instant', 'inplace', 'copy', 'nocopy'),
  lock: oneOf('default', 'none', 'shared', 'exclusive'),
};
const tableOptions = { comment: text, engine: name, charset: name, collation: name, options: text };
const referenceOptions = options({
  ...{ table: name, column: name, nullable: flag, unique: flag, polymorphic: flag },
  ...actions,
});
const foreignKeyOptions = { column: names, toColumn: names, name, deferrable, validate: flag, ...actions };
const indexPart = either(
  statement,
  shape({ name, order: optional(order), length: optional(characters), operatorClass: optional(name) }),
);
const indexColumns = either(statement, listOf(indexPart));
const indexOptions = options({
  ...{ unique: flag, name, order: byColumn(order), length: byColumn(characters), where: statement, using: method },
  ...{ type: oneOf('fulltext', 'spatial'), include: names, invisible: flag, comment: text, concurrently: flag },
  ...{ ifNotExists: flag, ...online },
});
const exclusionParts = listOf(
  either(shape({ column: name, with: name }), shape({ expression: statement, with: name })),
);
const checkOptions = options({ name, validate: flag });
const uniqueOptions = options({ name, deferrable });
const exclusionOptions = options({ name, using: method, where: statement, deferrable });
const viewOptions = { materialized: flag };
const change = (kind: Kind): Kind => shape({ from: optional(kind), to: kind });

/** What every operation takes, and every question. */
export const signatures = {
  createTable: {
    takes: { table: name, columns, options: options({ ...tableOptions, ifNotExists: flag }) },
    example: "this.createTable('users', { id: column.id(), name: column.string() })",
  },
  dropTable: {
    takes: { table: name, columns: optional(columns), options: options({ ...tableOptions, ifExists: flag }) },
    example: "this.dropTable('users', { id: column.id(), name: column.string() })",
  },
  createJoinTable: {
    takes: { one: name, other: name, options: options({ ...tableOptions, table: name }) },
    example: "this.createJoinTable('posts', 'tags')",
  },
  dropJoinTable: {
    takes: { one: name, other: name, options: options({ ...tableOptions, table: name }) },
    example: "this.dropJoinTable('posts', 'tags')",
  },
  renameTable: { takes: { from: name, to: name }, example: "this.renameTable('users', 'people')" },
  changeTableComment: {
    takes: { table: name, change: change(comment) },
    example: "this.changeTableComment('users', { from: null, to: 'Who can sign in' })",
  },
  changeTable: {
    takes: { table: name, changes: steps, options: options(online) },
    example: "this.changeTable('users', (table) => { table.addColumn('age', column.integer().nullable()); })",
  },
  addColumn: {
    takes: { table: name, name, column },
    example: "this.addColumn('users', 'email', column.string().nullable())",
  },
  removeColumn: {
    takes: { table: name, name, column: optional(column) },
    example: "this.removeColumn('users', 'email', column.string().nullable())",
  },
  removeColumns: {
    takes: { table: name, columns: columnsOrNames },
    example: "this.removeColumns('users', { age: column.integer(), rank: column.integer() })",
  },
  renameColumn: {
    takes: { table: name, from: name, to: name },
    example: "this.renameColumn('users', 'name', 'fullName')",
  },
  changeColumn: {
    takes: { table: name, name, column, was: optional(column) },
    example: "this.changeColumn('users', 'name', column.text(), column.string())",
  },
  changeColumnDefault: {
    takes: { table: name, name, change: change(content) },
    example: "this.changeColumnDefault('posts', 'state', { from: 'draft', to: 'published' })",
  },
  changeColumnNull: {
    takes: { table: name, name, nullable: flag, fill: optional(content) },
    example: "this.changeColumnNull('users', 'age', false, 0)",
  },
  changeColumnComment: {
    takes: { table: name, name, change: change(comment) },
    example: "this.changeColumnComment('users', 'age', { from: null, to: 'in years' })",
  },
  addReference: {
    takes: { table: name, name, options: referenceOptions },
    example: "this.addReference('posts', 'author', { table: 'users' })",
  },
  removeReference: {
    takes: { table: name, name, options: referenceOptions },
    example: "this.removeReference('posts', 'author', { table: 'users' })",
  },
  addTimestamps: {
    takes: { table: name, options: options({ nullable: flag }) },
    example: "this.addTimestamps('posts', { nullable: true })",
  },
  removeTimestamps: {
    takes: { table: name, options: options({ nullable: flag }) },
    example: "this.removeTimestamps('posts', { nullable: true })",
  },
  addIndex: {
    takes: { table: name, columns: indexColumns, options: indexOptions },
    example: "this.addIndex('users', ['lastName', 'firstName'], { unique: true })",
  },
  removeIndex: {
    takes: { table: name, columns: either(byName, indexColumns), options: indexOptions },
    example: "this.removeIndex('users', ['lastName', 'firstName'], { unique: true })",
  },
  renameIndex: {
    takes: { table: name, from: name, to: name },
    example: "this.renameIndex('users', 'by_name', 'users_by_name')",
  },
  enableIndex: {
    takes: { table: name, columns: either(byName, indexColumns) },
    example: "this.enableIndex('users', 'email')",
  },
  disableIndex: {
    takes: { table: name, columns: either(byName, indexColumns) },
    example: "this.disableIndex('users', 'email')",
  },
  addForeignKey: {
    takes: { table: name, toTable: name, options: options(foreignKeyOptions) },
    example: "this.addForeignKey('posts', 'users', { column: 'authorId' })",
  },
  removeForeignKey: {
    takes: { table: name, toTable: either(byName, name), options: options(foreignKeyOptions) },
    example: "this.removeForeignKey('posts', 'users', { column: 'authorId' })",
  },
  changeForeignKey: {
    takes: { table: name, toTable: name, options: partial(foreignKeyOptions), was: options(foreignKeyOptions) },
    example: "this.changeForeignKey('posts', 'users', { onDelete: 'setNull' }, { onDelete: 'cascade' })",
  },
  validateForeignKey: {
    takes: { table: name, toTable: name, options: options(foreignKeyOptions) },
    example: "this.validateForeignKey('posts', 'users', { column: 'authorId' })",
  },
  validateConstraint: {
    takes: { table: name, name },
    example: "this.validateConstraint('products', 'price_is_positive')",
  },
  addCheckConstraint: {
    takes: { table: name, condition: statement, options: checkOptions },
    example: "this.addCheckConstraint('products', sql`price > 0`, { name: 'price_is_positive' })",
  },
  removeCheckConstraint: {
    takes: { table: name, condition: either(byName, statement), options: checkOptions },
    example: "this.removeCheckConstraint('products', sql`price > 0`, { name: 'price_is_positive' })",
  },
  addUniqueConstraint: {
    takes: { table: name, columns: names, options: uniqueOptions },
    example: "this.addUniqueConstraint('seats', ['row', 'place'])",
  },
  removeUniqueConstraint: {
    takes: { table: name, columns: either(byName, names), options: uniqueOptions },
    example: "this.removeUniqueConstraint('seats', ['row', 'place'])",
  },
  addExclusionConstraint: {
    takes: { table: name, parts: exclusionParts, options: exclusionOptions },
    example: "this.addExclusionConstraint('bookings', [{ column: 'during', with: '&&' }])",
  },
  removeExclusionConstraint: {
    takes: { table: name, parts: either(byName, exclusionParts), options: exclusionOptions },
    example: "this.removeExclusionConstraint('bookings', [{ column: 'during', with: '&&' }])",
  },
  createView: {
    takes: { name, query: statement, options: options(viewOptions) },
    example: "this.createView('adults', sql`SELECT id FROM users WHERE age >= 18`)",
  },
  dropView: {
    takes: { name, query: optional(statement), options: options({ ...viewOptions, ifExists: flag }) },
    example: "this.dropView('adults', sql`SELECT id FROM users WHERE age >= 18`)",
  },
  alterView: {
    takes: { name, query: statement, was: optional(statement), options: options(viewOptions) },
    example: "this.alterView('adults', sql`SELECT id FROM users WHERE age >= 21`)",
  },
  createEnum: { takes: { name, values: words }, example: "this.createEnum('mood', ['sad', 'happy'])" },
  dropEnum: { takes: { name, values: optional(words) }, example: "this.dropEnum('mood', ['sad', 'happy'])" },
  renameEnum: { takes: { from: name, to: name }, example: "this.renameEnum('mood', 'feeling')" },
  addEnumValue: {
    takes: { name, value: text, place: options({ before: text, after: text }) },
    example: "this.addEnumValue('mood', 'calm', { before: 'happy' })",
  },
  renameEnumValue: {
    takes: { name, from: text, to: text },
    example: "this.renameEnumValue('mood', 'sad', 'gloomy')",
  },
  createVirtualTable: {
    takes: { name, module: name, args: optional(words) },
    example: "this.createVirtualTable('searches', 'fts5', ['title', 'body'])",
  },
  dropVirtualTable: {
    takes: { name, module: optional(name), args: optional(words) },
    example: "this.dropVirtualTable('searches', 'fts5', ['title', 'body'])",
  },
  createSchema: { takes: { name }, example: "this.createSchema('reports')" },
  dropSchema: { takes: { name }, example: "this.dropSchema('reports')" },
  enableExtension: { takes: { name }, example: "this.enableExtension('citext')" },
  disableExtension: { takes: { name }, example: "this.disableExtension('citext')" },
  execute: {
    takes: { statement, undo: optional(statement) },
    example: "this.execute('UPDATE users SET age = 0')",
  },
  data: {
    takes: { step: steps, options: options({ throttle: milliseconds }) },
    example: 'this.data(async () => { … }, { throttle: 50 })',
  },
  query: { takes: { statement }, example: 'await this.query(sql`SELECT id FROM users`)' },
  tableExists: { takes: { table: name }, example: "await this.tableExists('users')" },
  columnExists: { takes: { table: name, name }, example: "await this.columnExists('users', 'email')" },
  indexExists: {
    takes: { table: name, columns: either(byName, indexColumns) },
    example: "await this.indexExists('users', 'email')",
  },
  foreignKeyExists: {
    takes: { table: name, toTable: either(byName, name), options: options(foreignKeyOptions) },
    example: "await this.foreignKeyExists('posts', 'users')",
  },
  constraintExists: {
    takes: { table: name, name },
    example: "await this.constraintExists('products', 'price_is_positive')",
  },
} satisfies Readonly<Record<string, Signature>>;

/**
 * Whether an operation was given what it takes, before anything is made of it.
 *
 * @throws MigrationInvalid (`AR_MIGRATION_INVALID`)
 */
export function checkArguments(method: keyof typeof signatures, ...given: readonly unknown[]): void {
  const { takes, example }: Signature = signatures[method];
  for (const [place, [parameter, kind]] of Object.entries(takes).entries()) {
    const problem = kind(given[place], `The argument "${parameter}" of ${method}`);
    if (problem === undefined) continue;
    const hint = `Write it like this: ${example}.`;
    throw new MigrationInvalid(problem.message, {
      hint: problem.hint === undefined ? hint : `${problem.hint} ${hint}`,
    });
  }
}
