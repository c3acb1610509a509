import { inspect } from 'node:util';
import type { StatementEvent } from '../connection/events.ts';
import { InvalidQuery } from '../errors/query.ts';
import { QueryCountMismatch } from '../errors/testing.ts';
import { type RecordQueriesOptions, recordQueries } from './record-queries.ts';

/** How many statements: that many, or a bound, or both. */
export type ExpectedQueries = number | { readonly atLeast?: number; readonly atMost?: number };

/**
 * Runs `fn`, and fails where it sends more or fewer statements than expected: the guard against N+1 in a test.
 *
 * ```ts
 * const posts = await assertQueries(2, () => Post.includes('author').limit(10));
 * await assertQueries({ atMost: 5 }, () => renderPage());
 * ```
 * @param expected - a number, `{ atMost }`, `{ atLeast }`, or both of these
 * @param fn - what it returns is awaited; see {@link recordQueries} for what counts as sent by it
 * @param options - `transactions`: count BEGIN, COMMIT, ROLLBACK and savepoints too
 * @returns what `fn` gave
 * @throws QueryCountMismatch (`AR_QUERY_COUNT`), which lists the statements; what `fn` throws; InvalidQuery
 *   (`AR_QUERY_INVALID`) where `expected` is no number of statements
 */
export async function assertQueries<T>(
  expected: ExpectedQueries,
  fn: () => T | PromiseLike<T>,
  options: RecordQueriesOptions = {},
): Promise<T> {
  const { least, most, words } = boundsOf(expected);
  const { result, statements } = await recordQueries(fn, options);
  const count = statements.length;
  if (count >= least && count <= most) return result;
  const was = `${count === 1 ? '1 was' : `${count} were`} sent`;
  const list = statements.map((statement, index) => `\n  ${index + 1}. ${lineOf(statement)}`).join('');
  throw new QueryCountMismatch(
    `Expected ${words}, but ${was}${list === '' ? '.' : `:${list}`}`,
    statements.map(({ sql }) => sql),
  );
}

function lineOf({ sql, binds }: StatementEvent): string {
  const values = inspect(binds, { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20, maxStringLength: 100 });
  return sql.replace(/\s*\n\s*/g, ' ') + (binds.length === 0 ? '' : ` ${values}`);
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly words: string;
}

function boundsOf(expected: unknown): Bounds {
  if (isCount(expected)) return { least: expected, most: expected, words: `${named(expected)} to be sent` };
  if (typeof expected === 'object' && expected !== null) {
    const atLeast: unknown = Reflect.get(expected, 'atLeast');
    const atMost: unknown = Reflect.get(expected, 'atMost');
    const given = [atLeast, atMost].filter((bound) => bound !== undefined);
    const isPossible = !isCount(atLeast) || !isCount(atMost) || atLeast <= atMost;
    if (given.length > 0 && given.every(isCount) && isPossible) {
      const words = [
        ...(isCount(atLeast) ? [`at least ${named(atLeast)}`] : []),
        ...(isCount(atMost) ? [`at most ${named(atMost)}`] : []),
      ];
      return {
        least: isCount(atLeast) ? atLeast : 0,
        most: isCount(atMost) ? atMost : Number.POSITIVE_INFINITY,
        words: `${words.join(' and ')} to be sent`,
      };
    }
  }
  throw new InvalidQuery(
    'assertQueries takes a number of statements, { atMost: … } or { atLeast: … }, of which atLeast is not the greater one.',
  );
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const named = (count: number): string => `${count} ${count === 1 ? 'statement' : 'statements'}`;
