import { InvalidValue } from '../../errors/query.ts';
import type { Scalar } from '../../types/type.ts';

/** What PostgreSQL and SQLite write differently. */
export interface LiteralForms {
  readonly label: string;
  readonly true: string;
  readonly false: string;
  /** The one number whose usual text loses its sign. */
  readonly negativeZero: string;
  bytes(hex: string): string;
}

/**
 * A value inside the text of a statement, where strings are those of the SQL standard: only the quote is doubled, and a
 * backslash is a character like any other (sessions on PostgreSQL are pinned to standard_conforming_strings).
 */
export function standardLiteral(value: Scalar, forms: LiteralForms): string {
  switch (typeof value) {
    case 'string':
      // PostgreSQL cannot store it, and SQLite's parser takes it for the end of the statement.
      if (value.includes('\0')) {
        throw new InvalidValue(`Text with a NUL character cannot be written into a statement for ${forms.label}.`, {
          hint: 'Bind it, or keep such data in a binary column.',
        });
      }
      return `'${value.replaceAll("'", "''")}'`;
    case 'number':
      if (!Number.isFinite(value)) {
        throw new InvalidValue(`The number ${value} cannot be written into a statement.`, {
          hint: 'Give a finite number.',
        });
      }
      return Object.is(value, -0) ? forms.negativeZero : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? forms.true : forms.false;
    case 'object':
      if (value === null) return 'NULL';
      return forms.bytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'));
  }
}
