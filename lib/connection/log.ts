import { inspect, styleText } from 'node:util';
import { type StatementEvent, statementChannel } from './events.ts';

/** A statement that has ended, as `log` functions receive it. */
export interface LoggedStatement {
  readonly connection: string;
  readonly sql: string;
  readonly binds: readonly unknown[];
  /** Milliseconds. */
  readonly duration: number;
  /** Rows read, or rows written; undefined where the statement failed. */
  readonly rows: number | undefined;
  readonly error: unknown;
  /** The association that it loaded automatically, such as `Post.author`, and for how many records. */
  readonly batch?: { readonly association: string; readonly records: number };
  /** How many calls of `find(key)` it answered, where there were several. */
  readonly coalesced?: number;
}

/** `true` prints to standard error; a function receives each statement that has ended. */
export type LogSetting = boolean | ((statement: LoggedStatement) => void);

/** One line of the log: `(1.2 ms, 3 rows) SELECT … [18, 'Ada']`, or `(1.2 ms, 3 rows, batch Post.author × 100) SELECT …`. */
export function formatStatement(statement: LoggedStatement, colors = false): string {
  const { duration, rows, sql, binds, error, batch, coalesced } = statement;
  const outcome = error === undefined ? `${rows} ${rows === 1 ? 'row' : 'rows'}` : 'failed';
  const together =
    (batch === undefined ? '' : `, batch ${batch.association} × ${batch.records}`) +
    (coalesced === undefined ? '' : `, find × ${coalesced}`);
  const figures = `(${duration.toFixed(1)} ms, ${outcome}${together})`;
  const values =
    binds.length === 0
      ? ''
      : ` ${inspect(binds, { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20, maxStringLength: 100, colors })}`;
  const text = sql.replace(/\s*\n\s*/g, ' ');
  return colors
    ? `${styleText(error === undefined ? 'dim' : 'red', figures)} ${styleText('cyan', text)}${values}`
    : `${figures} ${text}${values}`;
}

function print(statement: LoggedStatement): void {
  const colors = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  process.stderr.write(`${formatStatement(statement, colors)}\n`);
}

/** Subscribes a log to the statements of one connection; call the result to end it. */
export function subscribeLog(
  connection: string,
  setting: LogSetting | undefined,
  slow: number | undefined,
): () => void {
  if (setting === undefined || setting === false) return () => undefined;
  const write = setting === true ? print : setting;
  let reported = false;
  const report = (problem: unknown) => {
    if (reported) return;
    reported = true;
    process.stderr.write(
      `active-record-ts: the log function of the connection "${connection}" failed, which is reported once: ${inspect(problem)}\n`,
    );
  };
  const ended = (event: StatementEvent) => {
    if (event.connection !== connection || event.duration === undefined) return;
    if (slow !== undefined && event.duration < slow) return;
    const { sql, binds, duration, rows, error, batch, coalesced } = event;
    const together = { ...(batch !== undefined && { batch }), ...(coalesced !== undefined && { coalesced }) };
    // A subscriber that throws would end the process, for the sake of a line in a log.
    try {
      const written: unknown = write({ connection, sql, binds, duration, rows, error, ...together });
      if (written instanceof Promise) written.catch(report);
    } catch (problem) {
      report(problem);
    }
  };
  const ignore = () => undefined;
  const subscriber = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ended, error: ignore };
  statementChannel.subscribe(subscriber);
  return () => statementChannel.unsubscribe(subscriber);
}
