import { randomUUID } from 'node:crypto';

// JSON.parse makes a double of every number, and JSON.stringify refuses bigints. Numbers that either would spoil travel
// as marked text; the mark is made anew each time, so that no document can contain it.

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const wholeNumber = /^-?\d{16,}$/;

/** As JSON.parse, but whole numbers that a number cannot hold exactly are bigints. */
export function parseExactJson(text: string): unknown {
  // Almost no document has such a number, and looking for one is quicker than a reviver.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  // What is no JSON has to fail as it stands: behind the marks it might be some.
  JSON.parse(text);
  const mark = randomUUID();
  const marked = text.replace(stringOrNumber, (token) =>
    wholeNumber.test(token) && !Number.isSafeInteger(Number(token)) ? `"${mark}${token}"` : token,
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** As JSON.stringify, but bigints are written as numbers with all of their digits. */
export function stringifyExactJson(value: unknown): string {
  const mark = randomUUID();
  let marks = 0;
  const text = JSON.stringify(value, function replace(this: unknown, key: string, given: unknown) {
    // Not what a toJSON of the program's own has made of it.
    const own: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, key) : given;
    if (typeof own !== 'bigint') return given;
    marks++;
    return `${mark}${own}`;
  });
  return marks === 0 ? text : text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1');
}
