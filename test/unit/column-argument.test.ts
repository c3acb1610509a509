import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandInvalid } from '../../lib/errors/migration.ts';
import { parseColumnArgument } from '../../lib/migrations/files/column-argument.ts';
import { column } from '../../lib/schema/builders.ts';
import { Column } from '../../lib/schema/column.ts';

/** The column that the generated expression makes, evaluated as a file would evaluate it. */
function evaluate(expression: string): Column<unknown> {
  const made: unknown = new Function('column', `return ${expression};`)(column);
  if (made instanceof Column) return made;
  throw new Error(`${expression} makes no column`);
}

describe('column arguments', () => {
  it.each([
    ['name', 'name', 'column.string()'],
    ['name:string', 'name', 'column.string()'],
    ['last_name:string(80)', 'lastName', 'column.string(80)'],
    ['age:integer?', 'age', 'column.integer().nullable()'],
    ['age?', 'age', 'column.string().nullable()'],
    ['email:string:unique', 'email', 'column.string().unique()'],
    ['email:string?:unique', 'email', 'column.string().nullable().unique()'],
    ['email:string:index?', 'email', 'column.string().nullable().index()'],
    ['price:decimal(10,2)', 'price', 'column.decimal(10, 2)'],
    ['at:datetime(6)', 'at', 'column.datetime(6)'],
    ['role:enum(admin, member)', 'role', "column.enum(['admin', 'member'])"],
    ["role:enum(it's,a:b)?", 'role', "column.enum(['it\\'s', 'a:b']).nullable()"],
    ['author:references', 'authorId', "column.references('authors')"],
    ['author:references(users)?', 'authorId', "column.references('users').nullable()"],
    ['line_item:references', 'lineItemId', "column.references('line_items')"],
    ['data:json', 'data', 'column.json()'],
    ['key:binary(16)', 'key', 'column.binary(16)'],
  ])('%s', (text, attribute, expression) => {
    expect(parseColumnArgument(text)).toMatchObject({ attribute, expression });
    expect(evaluate(expression)).toBeInstanceOf(Column);
  });

  it.each([
    ['name:strng', /unknown type "strng"\. Did you mean "string"\?/],
    ['name:constructor', /unknown type "constructor"/],
    ['name:string:uniqe', /unknown modifier "uniqe"\. Did you mean "unique"\?/],
    ['name:string:toString', /unknown modifier "toString"/],
    [':string', /has no name/],
    ['', /has no name/],
    ['1st:string', /is named "1st", which is no attribute/],
    ['a-b:string', /no attribute/],
    ['constructor:string', /JavaScript keeps for itself/],
    ['price:decimal', /limits that do not fit its type\. Write it like decimal\(10,2\)/],
    ['price:decimal(2,10)', /cannot be: The scale/],
    ['name:string(0)', /cannot be: The length/],
    ['name:string(many)', /limits that do not fit/],
    ['name:text(3)', /limits that do not fit/],
    ['role:enum()', /limits that do not fit/],
    ['role:enum(a,a)', /lists a value twice/],
    ['name:string(1', /a type that is not understood/],
  ])('refuses %s', (text, message) => {
    expect(() => parseColumnArgument(text)).toThrow(message);
    expect(() => parseColumnArgument(text)).toThrow(CommandInvalid);
  });

  it('make the column that they name, whatever the words of an enum are', () => {
    const word = fc.stringMatching(/^[^(),\s?]+$/).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/).filter((name) => name !== 'then'),
        fc.uniqueArray(word, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.boolean(),
        (name, words, nullable, unique) => {
          const text = `${name}:enum(${words.join(',')})${nullable ? '?' : ''}${unique ? ':unique' : ''}`;
          const { definition } = evaluate(parseColumnArgument(text).expression);
          expect(definition.type).toMatchObject({ kind: 'enum', values: words });
          expect([definition.nullable, definition.unique]).toEqual([nullable, unique]);
        },
      ),
    );
  });

  it('are understood or refused, never anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'ab:()?,1 string') })),
        (text) => {
          try {
            evaluate(parseColumnArgument(text).expression);
          } catch (error) {
            expect(error).toBeInstanceOf(CommandInvalid);
          }
        },
      ),
    );
  });
});
