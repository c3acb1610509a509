/** docs/errors.md, the codes and the error classes say the same. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript-5.9';
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../lib/errors/codes.ts';
import * as api from '../../lib/index.ts';
import { readPage, root } from './markdown.ts';

interface Row {
  readonly code: string;
  readonly classes: readonly string[];
  readonly when: string;
  readonly mend: string;
}

const rows: Row[] = [
  ...readPage('docs/errors.md').text.matchAll(/^\| `(AR_\w+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm),
].map(([, code = '', classes = '', when = '', mend = '']) => ({
  code,
  classes: [...classes.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  when,
  mend,
}));
const codes = Object.keys(errorCodes);

/** The code of each error class, from `readonly code = '…'` in lib/errors. */
const codeOfClass = new Map(
  readdirSync(`${root}lib/errors`).flatMap((file) => {
    const text = readFileSync(`${root}lib/errors/${file}`, 'utf8');
    const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
    return statements.filter(ts.isClassDeclaration).flatMap((each): [string, string][] => {
      const code = each.members.filter(ts.isPropertyDeclaration).find(({ name }) => name.getText() === 'code');
      const value = code?.initializer;
      return value !== undefined && ts.isStringLiteral(value) && each.name !== undefined
        ? [[each.name.text, value.text]]
        : [];
    });
  }),
);

function isErrorClass(value: unknown): value is new (...args: never) => api.ActiveRecordError {
  return typeof value === 'function' && value.prototype instanceof api.ActiveRecordError;
}

describe('docs/errors.md', () => {
  test('has every code once, and no other', () => {
    expect(rows.map(({ code }) => code).sort()).toEqual([...codes].sort());
  });

  test('says of each when it happens and what to do', () => {
    expect(rows.filter(({ when, mend }) => when.trim() === '' || mend.trim() === '')).toEqual([]);
  });

  test.each(rows.map((row) => [row.code, row] as const))('%s names its classes', (code, { classes }) => {
    const own = [...codeOfClass].filter(([, each]) => each === code).map(([name]) => name);
    expect([...classes].sort()).toEqual(own.sort());
  });
});

describe('the error classes', () => {
  const classes = Object.entries(api).filter(([, value]) => isErrorClass(value));

  test('that have a code are exported', () => {
    expect([...codeOfClass.keys()].filter((name) => !Object.hasOwn(api, name))).toEqual([]);
  });

  test('that are exported have a code, or subclasses that have', () => {
    const hasSubclass = (parent: unknown) =>
      classes.some(
        ([, value]) => isErrorClass(value) && typeof parent === 'function' && value.prototype instanceof parent,
      );
    const without = classes.filter(([name, value]) => !codeOfClass.has(name) && !hasSubclass(value));
    expect(without.map(([name]) => name)).toEqual([]);
    expect(classes.length).toBeGreaterThan(40);
  });

  test('use every code', () => {
    const used = new Set(codeOfClass.values());
    expect(codes.filter((code) => !used.has(code))).toEqual([]);
  });

  test('use no other code', () => {
    expect([...codeOfClass].filter(([, code]) => !codes.includes(code))).toEqual([]);
  });
});
