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

/** MariaDB's and SQLite's paths have no way to write these two inside a quoted key. */
function unescapable(label: string): (key: string) => string {
  return (key) => {
    if (!/["\\]/.test(key)) return key;
    throw new CapabilityMissing(`${label} cannot name the key ${JSON.stringify(key)} of a JSON document in a path.`, {
      hint: 'Keys with a quote or a backslash have to be compared in the program.',
    });
  };
}

const text = (value: string): Expression => bindNode(value, longTextType);

/** `CASE WHEN <test> THEN <value> END`: NULL where the document has something of another type there. */
function guarded(writer: Writer, test: () => void, value: () => void): void {
  writer.text('CASE WHEN ');
  test();
  writer.text(' THEN ');
  value();
  writer.text(' END');
}

/** MySQL and MariaDB. */
export function mysqlJsonExtract(mariadb: boolean): CompileTable['jsonExtract'] {
  const escapeKey = mariadb ? unescapable('MariaDB') : escaped;
  return ({ operand, path, as }, writer) => {
    const extract = () => {
      writer.text('JSON_EXTRACT(');
      writer.node(operand);
      writer.text(', ');
      writer.node(text(dollarPath(path, escapeKey)));
      writer.text(')');
    };
    const typeIs = (types: string) => () => {
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

/** PostgreSQL: the path is an array of text. */
export const postgresJsonExtract: CompileTable['jsonExtract'] = ({ operand, path, as }, writer) => {
  const legs = `{${path.map((leg) => (typeof leg === 'number' ? leg : `"${leg.replace(/["\\]/g, '\\$&')}"`)).join(',')}}`;
  const at = (operator: '#>' | '#>>') => {
    writer.text('(');
    writer.node(operand);
    writer.text(` ${operator} `);
    writer.node(text(legs));
    writer.text('::text[])');
  };
  const typeIs = (test: string) => () => {
    writer.text('jsonb_typeof');
    at('#>');
    writer.text(` ${test}`);
  };
  if (as === 'text') guarded(writer, typeIs("= 'string'"), () => at('#>>'));
  else if (as === 'boolean')
    guarded(writer, typeIs("= 'boolean'"), () => {
      at('#>>');
      writer.text(" = 'true'");
    });
  else if (as === 'number')
    guarded(writer, typeIs("= 'number'"), () => {
      at('#>>');
      writer.text('::numeric');
    });
  else guarded(writer, typeIs("<> 'null'"), () => at('#>>'));
};

export const sqliteJsonExtract: CompileTable['jsonExtract'] = ({ operand, path, as }, writer) => {
  const place = text(dollarPath(path, unescapable('SQLite')));
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
