import type { Scalar } from '../../types/type.ts';
import { compile } from '../compile.ts';
import type { Dialect } from '../dialect.ts';
import type { Expression } from '../nodes.ts';

/** SQL of the application's own as a part of a schema statement: those take no bound values, so they stand in the text. */
export function expressionSql(expression: Expression, dialect: Dialect): string {
  const { pieces, binds } = compile(expression, dialect);
  let text = pieces[0] ?? '';
  binds.forEach((value, index) => {
    text += schemaLiteral(value, dialect) + (pieces[index + 1] ?? '');
  });
  return text;
}

/** A value inside an expression that the database writes down for itself. */
function schemaLiteral(value: Scalar, dialect: Dialect): string {
  return typeof value === 'string' && dialect.schemaText !== undefined
    ? dialect.schemaText(value)
    : dialect.literal(value);
}
