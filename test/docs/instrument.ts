/**
 * Makes the comments of an example checks. Behind a statement, in its line or in the lines below it:
 * - `// => value`: what the expression (or the declared name) is, as `util.inspect` shows it
 * - `// throws RecordNotFound: There is no …`: what the statement throws
 * - `// SELECT …`: a statement that it sends; all of them, in order
 *
 * `…` stands for anything.
 */
import ts from 'typescript-5.9';

interface Promises {
  readonly value: string | undefined;
  readonly thrown: string | undefined;
  readonly sql: readonly string[];
}

interface Edit {
  readonly at: number;
  readonly text: string;
}

const sqlWords =
  /^(SELECT|EXPLAIN|INSERT|UPDATE|DELETE|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|CREATE|DROP|ALTER|RENAME|SET) ?/;

/** @param placeOf - names a line of the code, from 0, for messages */
export function instrument(code: string, placeOf: (line: number) => string): string {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ESNext, true);
  const edits: Edit[] = [];
  let count = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isStatement(node) && (ts.isSourceFile(node.parent) || ts.isBlock(node.parent))) {
      const promises = promisesBehind(code, node.end);
      const place = placeOf(source.getLineAndCharacterOfPosition(node.getStart()).line);
      if (promises !== undefined) edits.push(...editsFor(node, promises, place, `${place}#${count++}`));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // From the end, so that positions stay true; of two at one position, the outer statement's stands outside.
  return edits
    .map((edit, order) => ({ ...edit, order }))
    .sort((a, b) => b.at - a.at || b.order - a.order)
    .reduce((text, { at, text: inserted }) => text.slice(0, at) + inserted + text.slice(at), code);
}

function promisesBehind(code: string, end: number): Promises | undefined {
  const lines = code.slice(end).split('\n');
  let value: string | undefined;
  let thrown: string | undefined;
  const sql: string[] = [];
  for (const [index, line] of lines.entries()) {
    const comment = /^\s*\/\/ (.*)$/.exec(line)?.[1]?.trim();
    if (comment === undefined) {
      if (index === 0 && line.trim() === '') continue;
      break;
    }
    if (comment.startsWith('=> ')) value = comment.slice('=> '.length);
    else if (comment.startsWith('throws ')) thrown = comment.slice('throws '.length);
    else if (sqlWords.test(comment)) sql.push(comment);
    else break;
  }
  return value === undefined && thrown === undefined && sql.length === 0 ? undefined : { value, thrown, sql };
}

function editsFor(node: ts.Statement, promises: Promises, place: string, id: string): Edit[] {
  const { value, thrown, sql } = promises;
  const [start, end] = [node.getStart(), node.end];
  const [at, key] = [JSON.stringify(place), JSON.stringify(id)];
  const before: string[] = [];
  const after: string[] = [];
  if (sql.length > 0) {
    before.push(`docs.begin(${key});`);
    after.push(`docs.sent(${at}, ${key}, ${JSON.stringify(sql)});`);
  }
  if (thrown !== undefined) {
    before.push(`await docs.throws(${at}, ${JSON.stringify(thrown)}, async () => {`);
    after.unshift('});');
  } else if (value !== undefined) {
    const expected = JSON.stringify(value);
    if (ts.isVariableStatement(node)) after.unshift(`docs.value(${at}, ${expected}, ${declared(node)});`);
    else if (ts.isExpressionStatement(node)) {
      const inner = node.expression;
      return [
        { at: start, text: before.join(' ') },
        { at: inner.getStart(), text: `docs.value(${at}, ${expected}, (` },
        { at: inner.end, text: '))' },
        { at: end, text: after.join(' ') },
      ];
    }
  }
  return [
    { at: start, text: before.join(' ') },
    { at: end, text: ` ${after.join(' ')}` },
  ];
}

/** The name that a declaration gives; of several names, a list. */
function declared(node: ts.VariableStatement): string {
  const names: string[] = [];
  const collect = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.push(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) collect(element.name);
  };
  for (const { name } of node.declarationList.declarations) collect(name);
  return names.length === 1 ? (names[0] ?? '') : `[${names.join(', ')}]`;
}
