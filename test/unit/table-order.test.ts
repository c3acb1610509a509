import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column } from '../../lib/schema/builders.ts';
import { orderTables } from '../../lib/schema/table-order.ts';
import { type TableColumns, tableSpec } from '../../lib/schema/table-spec.ts';
import type { TableSpec } from '../../lib/sql/ddl/spec.ts';

function table(name: string, ...targets: string[]): TableSpec {
  const columns: Record<string, TableColumns[string]> = { id: column.id() };
  for (const target of targets) columns[`${target}Id`] = column.references(target);
  return tableSpec(name, columns);
}

const names = (tables: readonly TableSpec[]) => tables.map(({ name }) => name);

describe('the order of tables', () => {
  it('puts those that are referred to first', () => {
    const { ordered, late } = orderTables([
      table('comments', 'posts', 'users'),
      table('posts', 'users'),
      table('users'),
    ]);
    expect(names(ordered)).toEqual(['users', 'posts', 'comments']);
    expect(late).toEqual([]);
  });

  it('leaves alone what refers to itself, or to a table of another hand', () => {
    const { ordered, late } = orderTables([table('nodes', 'nodes', 'elsewhere'), table('users')]);
    expect(names(ordered)).toEqual(['nodes', 'users']);
    expect(late).toEqual([]);
  });

  it('tells which keys of a circle have to wait', () => {
    const { ordered, late } = orderTables([table('a', 'b'), table('b', 'c'), table('c', 'a')]);
    expect(names(ordered)).toEqual(['c', 'b', 'a']);
    expect(late.map(({ name }) => name)).toEqual(['fk_c_a_id']);
  });

  it('holds for any tables: each once, and every key backwards or late', () => {
    const letters = [...'abcdefgh'];
    fc.assert(
      fc.property(
        fc.array(fc.subarray(letters), { minLength: letters.length, maxLength: letters.length }),
        (targets) => {
          const { ordered, late } = orderTables(
            letters.map((letter, index) => table(letter, ...(targets[index] ?? []))),
          );
          expect(names(ordered).toSorted()).toEqual(letters);
          ordered.forEach((each, index) => {
            const before = names(ordered.slice(0, index + 1));
            for (const key of each.foreignKeys) expect(before.includes(key.toTable)).toBe(!late.includes(key));
          });
        },
      ),
    );
  });
});
