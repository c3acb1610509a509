import { ActiveRecordError } from '../../errors/base.ts';
import { CommandInvalid } from '../../errors/migration.ts';
import { column } from '../../schema/builders.ts';
import type { AnyColumn } from '../../schema/column.ts';
import { camelCase, tableNameOf } from '../../support/naming.ts';
import { didYouMean } from '../../support/suggest.ts';

/** A column as the command line names it, such as `email:string(80)?:unique`. */
export interface ColumnArgument {
  /** `email`; `authorId` for `author:references`. */
  readonly attribute: string;
  /** Its declaration in TypeScript: `column.string(80).nullable().unique()`. */
  readonly expression: string;
  /** Of `author:references(users)?`: what it refers to. */
  readonly reference: ReferenceArgument | undefined;
}

export interface ReferenceArgument {
  /** `author`. */
  readonly name: string;
  /** `users`. */
  readonly table: string;
  readonly nullable: boolean;
}

interface TypeArgument {
  /** What may stand in the parentheses behind the type. */
  readonly takes: 'nothing' | 'numbers' | 'words' | 'table';
  /** How many of them: at least, at most. */
  readonly count: readonly [number, number];
  readonly example: string;
  /** Makes the column, so that its limits are checked where they are defined. */
  make(values: readonly string[], attribute: string): AnyColumn;
}

const plain = (name: string, make: () => AnyColumn): TypeArgument => ({
  takes: 'nothing',
  count: [0, 0],
  example: name,
  make,
});

const length = (name: string, make: (length: number | undefined) => AnyColumn): TypeArgument => ({
  takes: 'numbers',
  count: [0, 1],
  example: `${name}(3)`,
  make: ([given]) => make(given === undefined ? undefined : Number(given)),
});

const types: Readonly<Record<string, TypeArgument>> = {
  string: length('string', column.string),
  text: plain('text', column.text),
  integer: plain('integer', column.integer),
  smallint: plain('smallint', column.smallint),
  tinyint: plain('tinyint', column.tinyint),
  bigint: plain('bigint', column.bigint),
  decimal: {
    takes: 'numbers',
    count: [2, 2],
    example: 'decimal(10,2)',
    make: ([precision, scale]) => column.decimal(Number(precision), Number(scale)),
  },
  float: plain('float', column.float),
  double: plain('double', column.double),
  boolean: plain('boolean', column.boolean),
  date: plain('date', column.date),
  time: plain('time', column.time),
  datetime: length('datetime', column.datetime),
  json: plain('json', column.json),
  binary: length('binary', column.binary),
  uuid: plain('uuid', column.uuid),
  enum: { takes: 'words', count: [1, 1000], example: 'enum(draft,published)', make: (words) => column.enum(words) },
  references: {
    takes: 'table',
    count: [0, 1],
    example: 'references(users)',
    make: ([table], name) => column.references(table ?? tableNameOf(name)),
  },
};
const modifiers = ['unique', 'index'] as const;

function invalid(text: string, what: string, hint: string): CommandInvalid {
  return new CommandInvalid(`The column "${text}" ${what}.`, { hint });
}

/**
 * Reads `name:type`, with limits in parentheses, `?` where NULL is allowed, and `:unique` or `:index` behind: `age:integer?`,
 * `price:decimal(10,2)`, `email:string:unique`, `role:enum(admin,member)`, `author:references`, `author:references(users)?`.
 * A name alone is a string.
 *
 * @throws CommandInvalid (`AR_COMMAND_INVALID`)
 */
export function parseColumnArgument(text: string): ColumnArgument {
  const nullable = /\?(?=$|:)/.test(text);
  const [name = '', type = 'string', ...rest] = splitOutside(text.replace(/\?(?=$|:)/, ''));
  const attribute = attributeOf(name, text);
  const { typeName, values } = parseType(type, text);
  const known = types[typeName];
  if (known === undefined || !Object.hasOwn(types, typeName)) {
    throw invalid(text, `has an unknown type "${typeName}"`, didYouMean(typeName, Object.keys(types)));
  }
  checkValues(known, values, text);
  const problem = rest.find((modifier) => !modifiers.some((each) => each === modifier));
  if (problem !== undefined)
    throw invalid(text, `has an unknown modifier "${problem}"`, didYouMean(problem, modifiers));
  make(known, values, attribute, text);
  const reference =
    known.takes === 'table' ? { name: attribute, table: values[0] ?? tableNameOf(attribute), nullable } : undefined;
  return {
    attribute: reference === undefined ? attribute : `${attribute}Id`,
    reference,
    expression: [
      `column.${typeName}(${argumentsOf(known, values, attribute)})`,
      ...(nullable ? ['nullable()'] : []),
      ...modifiers.filter((modifier) => rest.includes(modifier)).map((modifier) => `${modifier}()`),
    ].join('.'),
  };
}

/** At colons that stand outside of parentheses. */
function splitOutside(text: string): string[] {
  return text.split(/:(?![^(]*\))/);
}

function attributeOf(name: string, text: string): string {
  const attribute = camelCase(name.trim());
  if (!/^[A-Za-z][A-Za-z\d]*(?:_[A-Za-z\d]+)*$/.test(name)) {
    throw invalid(
      text,
      name === '' ? 'has no name' : `is named "${name}", which is no attribute`,
      'Write name:type, such as lastName:string.',
    );
  }
  if (attribute === 'constructor' || attribute === 'then' || attribute === 'prototype') {
    throw invalid(
      text,
      `has a name that JavaScript keeps for itself`,
      `Choose another, or name the column only: .column('${attribute}').`,
    );
  }
  return attribute;
}

function parseType(type: string, text: string): { typeName: string; values: string[] } {
  const match = /^([A-Za-z_]\w*)(?:\(([^()]*)\))?$/.exec(type.trim());
  if (match === null)
    throw invalid(text, `has a type that is not understood: "${type}"`, 'Write name:type or name:type(limits).');
  const [, typeName = '', inside] = match;
  return { typeName, values: inside === undefined ? [] : inside.split(',').map((value) => value.trim()) };
}

function checkValues(
  { takes, count: [least, most], example }: TypeArgument,
  values: readonly string[],
  text: string,
): void {
  const fits = values.length >= least && values.length <= most && values.every((value) => value !== '');
  const numbers = takes !== 'numbers' || values.every((value) => /^\d{1,6}$/.test(value));
  if (!fits || !numbers) throw invalid(text, 'has limits that do not fit its type', `Write it like ${example}.`);
}

function make(type: TypeArgument, values: readonly string[], attribute: string, text: string): void {
  try {
    type.make(values, attribute);
  } catch (cause) {
    if (!(cause instanceof ActiveRecordError)) throw cause;
    throw new CommandInvalid(`The column "${text}" cannot be: ${cause.message}`, { cause });
  }
}

function argumentsOf({ takes }: TypeArgument, values: readonly string[], attribute: string): string {
  switch (takes) {
    case 'nothing':
      return '';
    case 'numbers':
      return values.map(Number).join(', ');
    case 'words':
      return `[${values.map(quoted).join(', ')}]`;
    case 'table':
      return quoted(values[0] ?? tableNameOf(attribute));
  }
}

/** Text as a string literal of TypeScript. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
