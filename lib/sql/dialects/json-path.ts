import { CapabilityMissing } from '../../errors/query.ts';
import { longTextType } from '../../types/text.ts';
import type { CompileTable, Writer } from '../dialect.ts';
import { bindNode, type Expression, type JsonExtractNode } from '../nodes.ts';

type Path = JsonExtractNode['path'];

/** `$."address"."lines"[0]`, as MySQL, MariaDB and SQLite write a path. It is bound, not written into the statement. */
export function dollarPath(path: Path, escapeKey: (key: string) => string): string {
  return path.reduce<string>(
    (text, leg) => `${text}${typeof leg === 'number' ? `[${leg}]` : `."${escapeKey(leg)}"`}`,
    '$',
  );
}

const escaped = (key: string) => JSON.stringify(key).slice(1, -1);

/** Keys that a path has no way to write. */
function unescapable(label: string, keys: RegExp): (key: string) => string {
  return (key) => {
    if (!keys.test(key)) return key;
    throw new CapabilityMissing(`${label} cannot name the key ${JSON.stringify(key)} of a JSON document in a path.`, {
      hint: 'Compare values under such keys in the program.',
    });
  };
}
const mariadbKey = unescapable('MariaDB', /["\\]|\p{Cc}|^-/u);
const sqliteKey = unescapable('SQLite', /["\\]/);

const text = (value: string): Expression => bindNode(value, longTextType);

/** `CASE WHEN <test> THEN <value> END`: NULL where the document has something of another type there. */
function guarded(writer: Writer, test: () => void, value: () => void): void {
  writer.text('CASE WHEN ');
  test();
  writer.text(' THEN ');
  value();
  writer.text(' END');
}

/**
 * A position means an item of an array: writes a test that its place is one. MySQL and MariaDB take any other
 * value for an array of that one item, and PostgreSQL a text or number.
 */
function inArrays(path: Path, writer: Writer, isArray: (parent: Path) => void): void {
  path.forEach((leg, index) => {
    if (typeof leg !== 'number') return;
    isArray(path.slice(0, index));
    writer.text(' AND ');
  });
}

/** MySQL and MariaDB. */
export function mysqlJsonExtract(mariadb: boolean): CompileTable['jsonExtract'] {
  const escapeKey = mariadb ? mariadbKey : escaped;
  return ({ operand, path, as }, writer) => {
    const extract = (place = path) => {
      writer.text('JSON_EXTRACT(');
      writer.node(operand);
      writer.text(', ');
      writer.node(text(dollarPath(place, escapeKey)));
      writer.text(')');
    };
    const typeIs = (types: string) => () => {
      inArrays(path, writer, (parent) => {
        writer.text('JSON_TYPE(');
        extract(parent);
        writer.text(") = 'ARRAY'");
      });
      writer.text('JSON_TYPE(');
      extract();
      writer.text(`) ${types}`);
    };
    const unquoted = () => {
      writer.text('JSON_UNQUOTE(');
      extract();
      writer.text(')');
    };
    if (as === 'text') guarded(writer, typeIs("= 'STRING'"), unquoted);
    else if (as === 'boolean')
      guarded(writer, typeIs("= 'BOOLEAN'"), () => {
        unquoted();
        writer.text(" = 'true'");
      });
    else if (as === 'number') {
      guarded(writer, typeIs("IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL')"), () => {
        unquoted();
        writer.text(' + 0e0');
      });
    } else guarded(writer, typeIs("<> 'NULL'"), unquoted);
  };
}

/** PostgreSQL: leg by leg, as `#>` would take a '0' for a position too. */
export const postgresJsonExtract: CompileTable['jsonExtract'] = ({ operand, path, as }, writer) => {
  const at = (place: Path, last: '->' | '->>' = '->') => {
    writer.text('('.repeat(place.length));
    writer.node(operand);
    place.forEach((leg, index) => {
      writer.text(` ${index === place.length - 1 ? last : '->'} `);
      if (typeof leg === 'number') writer.text(String(leg));
      else {
        writer.node(text(leg));
        writer.text('::text');
      }
      writer.text(')');
    });
  };
  const typeOf = (place: Path, test: string) => {
    writer.text('jsonb_typeof(');
    at(place);
    writer.text(`) ${test}`);
  };
  const typeIs = (test: string) => () => {
    inArrays(path, writer, (parent) => typeOf(parent, "= 'array'"));
    typeOf(path, test);
  };
  const value = () => at(path, '->>');
  if (as === 'text') guarded(writer, typeIs("= 'string'"), value);
  else if (as === 'boolean')
    guarded(writer, typeIs("= 'boolean'"), () => {
      value();
      writer.text(" = 'true'");
    });
  else if (as === 'number')
    guarded(writer, typeIs("= 'number'"), () => {
      value();
      writer.text('::numeric');
    });
  else guarded(writer, typeIs("<> 'null'"), value);
};

export const sqliteJsonExtract: CompileTable['jsonExtract'] = ({ operand, path, as }, writer) => {
  const place = text(dollarPath(path, sqliteKey));
  const call = (name: string) => {
    writer.text(`${name}(`);
    writer.node(operand);
    writer.text(', ');
    writer.node(place);
    writer.text(')');
  };
  const types = {
    text: "= 'text'",
    boolean: "IN ('true', 'false')",
    number: "IN ('integer', 'real')",
    any: "<> 'null'",
  };
  guarded(
    writer,
    () => {
      call('json_type');
      writer.text(` ${types[as]}`);
    },
    () => call('json_extract'),
  );
};
