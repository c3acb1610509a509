import { CommandInvalid } from '../errors/migration.ts';
import { pascalCase, snakeCase } from '../support/naming.ts';

/** What the name of a migration file says. */
export interface MigrationName {
  /** `20261120101500`: when it was made, which is also its place in the order. */
  readonly version: string;
  /** `create_users` */
  readonly name: string;
  /** `CreateUsers` */
  readonly className: string;
}

const pattern = /^(\d{14})_([a-z][a-z\d]*(?:_[a-z\d]+)*)\.(?:ts|mts|js|mjs)$/;

/** What a file name says; undefined where it is no migration's. */
export function parseFileName(fileName: string): MigrationName | undefined {
  const match = pattern.exec(fileName);
  const [, version = '', name = ''] = match ?? [];
  if (match === null || timeOf(version) === undefined) return undefined;
  return { version, name, className: pascalCase(name) };
}

export function fileNameOf(version: string, className: string): string {
  return `${version}_${snakeCase(className)}.ts`;
}

/** A version has four digits for the year. */
const end = Date.UTC(10_000, 0);

/** The moment of a version, in milliseconds; undefined for one that no calendar has. */
function timeOf(version: string): number | undefined {
  const [year, month, day, hour, minute, second] = [0, 4, 6, 8, 10, 12].map((at) =>
    Number(version.slice(at, at === 0 ? 4 : at + 2)),
  );
  const date = new Date(0);
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day ?? 0);
  date.setUTCHours(hour ?? 0, minute ?? 0, second ?? 0);
  return versionAt(date.getTime()) === version ? date.getTime() : undefined;
}

function versionAt(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace(/[-:T]/g, '');
}

/**
 * The version of a new migration: the present second in UTC, or one second after the newest that exists, so that two
 * made in one second (or on a machine whose clock is late) keep their order.
 *
 * @throws CommandInvalid (`AR_COMMAND_INVALID`) where nothing can be newer than the newest
 */
export function nextVersion(existing: Iterable<string>, now: Date): string {
  const newest = Math.max(...[...existing].map((version) => timeOf(version) ?? 0), 0);
  const time = Math.max(now.getTime(), newest + 1000);
  if (time < end) return versionAt(time);
  throw new CommandInvalid(`No migration can be newer than ${versionAt(newest)}.`, {
    hint: 'Give that one the time at which it was made.',
  });
}
