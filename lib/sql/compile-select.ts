import { InvalidQuery } from '../errors/query.ts';
import type { CompileTable, Writer } from './dialect.ts';
import type { CommonTable, Expression, OrderNode, Predicate, SelectStatement, Subquery, TableSource } from './nodes.ts';

/** A nested SELECT stands in parentheses; everything else that can be an operand is one token or a call. */
export function operand(node: Expression, writer: Writer): void {
  const nested = node.kind === 'select' || node.kind === 'raw' || node.kind === 'compound';
  if (nested) writer.text('(');
  writer.node(node);
  if (nested) writer.text(')');
}

export function where(predicate: Predicate | undefined, writer: Writer): void {
  if (predicate === undefined) return;
  writer.text(' WHERE ');
  writer.node(predicate);
}

function select(node: SelectStatement, writer: Writer): void {
  commonTables(node.with ?? [], writer);
  writer.text('SELECT ');
  if (node.hints !== undefined && node.hints.length > 0) writer.text(`/*+ ${node.hints.map(comment).join(' ')} */ `);
  if (node.distinct) writer.text('DISTINCT ');
  // With a second table beside it, a bare column could be that one's.
  const joined = node.joins !== undefined && node.joins.length > 0;
  const correlated = node.correlated === true;
  const name = correlated ? writer.unused(sourceName(node.from)) : sourceName(node.from);
  const outer = writer.qualifyWith(joined || correlated ? name : undefined);
  writer.enter(
    name,
    node.joins?.map(({ table, alias }) => alias ?? table),
  );
  writer.list(node.columns, ', ', ({ expression, alias }) => {
    writer.node(expression);
    if (alias === undefined) return;
    writer.text(' AS ');
    writer.name(alias);
  });
  writer.text(' FROM ');
  source(correlated ? { ...node.from, alias: name } : node.from, writer);
  for (const join of node.joins ?? []) {
    writer.text(join.type === 'left' ? ' LEFT JOIN ' : ' INNER JOIN ');
    if (join.select === undefined) source({ table: join.table, alias: join.alias }, writer);
    else source({ select: join.select, alias: join.alias ?? join.table }, writer);
    writer.text(' ON ');
    writer.node(join.on);
  }
  where(name === sourceName(node.from) ? node.where : (node.renamedWhere ?? node.where), writer);
  if (node.group !== undefined && node.group.length > 0) {
    writer.text(' GROUP BY ');
    writer.list(node.group, ', ', (expression) => writer.node(expression));
  }
  if (node.having !== undefined) {
    writer.text(' HAVING ');
    writer.node(node.having);
  }
  order(node.order, writer);
  limit(node.limit, node.offset, writer);
  writer.leave();
  writer.qualifyWith(outer);
  if (node.lock !== undefined) writer.text(writer.dialect.lock(node.lock));
  for (const text of node.comments ?? []) writer.text(` /* ${comment(text)} */`);
}

/** What would end a comment, or begin a nested one, is taken apart: the rest of it would be read as SQL. */
function comment(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll('/*', '/ *').replaceAll('\0', '');
}

function commonTables(tables: readonly CommonTable[], writer: Writer): void {
  if (tables.length === 0) return;
  writer.text(tables.some(({ recursive }) => recursive) ? 'WITH RECURSIVE ' : 'WITH ');
  writer.list(tables, ', ', ({ name, columns, query }) => {
    writer.name(name);
    if (columns.length > 0) {
      writer.text(' (');
      writer.list(columns, ', ', (column) => writer.name(column));
      writer.text(')');
    }
    writer.text(' AS (');
    writer.node(query);
    writer.text(')');
  });
  writer.text(' ');
}

type Source = SelectStatement['from'];

const sourceName = (from: Source) => ('table' in from ? (from.alias ?? from.table) : from.alias);

function source(from: Source, writer: Writer): void {
  if ('select' in from) {
    writer.text('(');
    writer.node(from.select);
    writer.text(') AS ');
    writer.name(from.alias);
    return;
  }
  table(from, writer);
}

function table(from: TableSource, writer: Writer): void {
  writer.name(from.table);
  if (from.alias !== undefined && from.alias !== from.table) {
    writer.text(' AS ');
    writer.name(from.alias);
  }
  for (const hint of from.indexHints ?? []) writer.text(` ${writer.dialect.indexHint(hint)}`);
}

function order(nodes: readonly OrderNode[], writer: Writer): void {
  if (nodes.length === 0) return;
  writer.text(' ORDER BY ');
  writer.list(nodes, ', ', ({ expression, direction, nulls }) => {
    const { nullsOrdering } = writer.dialect.features;
    if (nulls !== undefined && !nullsOrdering) {
      operand(expression, writer);
      writer.text(nulls === 'last' ? ' IS NULL, ' : ' IS NOT NULL, ');
    }
    writer.node(expression);
    if (direction === 'desc') writer.text(' DESC');
    if (nulls !== undefined && nullsOrdering) writer.text(nulls === 'last' ? ' NULLS LAST' : ' NULLS FIRST');
  });
}

/** Inlined, after a check: MySQL takes a bound limit as a DOUBLE and refuses it. */
function limit(count: number | undefined, offset: number | undefined, writer: Writer): void {
  for (const value of [count, offset]) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new InvalidQuery(`A limit or offset is a whole number from 0 up, not ${String(value)}.`);
    }
  }
  if (count !== undefined) writer.text(` LIMIT ${count}`);
  else if (offset !== undefined && writer.dialect.endlessLimit !== undefined)
    writer.text(` LIMIT ${writer.dialect.endlessLimit}`);
  if (offset !== undefined) writer.text(` OFFSET ${offset}`);
}

/** SQLite takes no parentheses around the members, and none are needed: they have neither order nor limit. */
function members(queries: readonly Subquery[], operator: string, writer: Writer): void {
  writer.list(queries, ` ${operator} `, (query) => writer.node(query));
}

/** The functions of queries and of what nests them. */
export const selectTable: Pick<CompileTable, 'select' | 'compound' | 'exists' | 'inSelect'> = {
  select,
  compound(node, writer) {
    members(node.members, node.operator, writer);
  },
  exists(node, writer) {
    writer.text(node.negated ? 'NOT EXISTS (' : 'EXISTS (');
    writer.node(node.select);
    writer.text(')');
  },
  inSelect(node, writer) {
    operand(node.operand, writer);
    writer.text(node.negated ? ' NOT IN (' : ' IN (');
    writer.node(node.select);
    writer.text(')');
  },
};
