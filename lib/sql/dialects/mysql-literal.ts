import type { Scalar } from '../../types/type.ts';

/**
 * A value inside the text of a statement, safe in every sql_mode. Whether a backslash escapes depends on
 * NO_BACKSLASH_ESCAPES, which a session may change, so text that holds a quote or a backslash is written as hexadecimal
 * digits: there is nothing in those that any mode could read as syntax.
 */
export function mysqlLiteral(value: Scalar): string {
  switch (typeof value) {
    case 'string':
      // Named as text: a bare hexadecimal literal is a binary string, and would compare by bytes.
      return /['\\\0]/.test(value) ? `_utf8mb4 X'${Buffer.from(value).toString('hex')}'` : `'${value}'`;
    case 'number':
      return Object.is(value, -0)
        ? '-0.0e0'
        : Number.isInteger(value) && !Number.isSafeInteger(value)
          ? `${BigInt(value)}e0`
          : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? '1' : '0';
    case 'object':
      return value === null
        ? 'NULL'
        : `X'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`;
  }
}
