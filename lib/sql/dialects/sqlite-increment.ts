import { standardTable } from '../compile.ts';
import type { CompileTable } from '../dialect.ts';

/**
 * SQLite adds decimals as floating point: rounded to the column's scale, the up to 15 digits that it may have are exact
 * again. And past 64 bits it would go on with rounded numbers, where other databases refuse: `abs` of the smallest
 * integer is its one function that fails then.
 */
export const sqliteIncrement: CompileTable['increment'] = (node, writer) => {
  const { type } = node.by;
  if (type.kind === 'decimal' && 'scale' in type) {
    writer.text('ROUND(');
    standardTable.increment(node, writer);
    writer.text(`, ${Number(type.scale)})`);
  } else if (type.kind === 'bigint') {
    writer.text('CASE typeof(');
    standardTable.increment(node, writer);
    writer.text(") WHEN 'real' THEN abs(-9223372036854775807 - 1) ELSE ");
    standardTable.increment(node, writer);
    writer.text(' END');
  } else standardTable.increment(node, writer);
};
