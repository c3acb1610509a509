import { MigrationInvalid } from '../errors/migration.ts';
import { didYouMean } from '../support/suggest.ts';

/** What something is to become, and what it was: without `from` it cannot be undone. */
export interface MigrationChange<T> {
  readonly from?: T;
  readonly to: T;
}

/** All options that there are, by name: the compiler asks for each of them. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Migrations are run without being compiled: an option that is misspelt would be left out without a word.
 *
 * @throws MigrationInvalid for an option that there is not, and for what is no object
 */
export function requireOptions<T extends object>(what: string, options: T, known: OptionNames<T>): void {
  if (!isObject(options)) {
    throw new MigrationInvalid(`${what}: the options are an object, not ${JSON.stringify(options)}.`, {
      hint: `There is ${Object.keys(known).join(', ')}.`,
    });
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  throw new MigrationInvalid(`${what} has no option "${unknown.slice(0, 40)}".`, {
    hint: didYouMean(unknown, Object.keys(known)),
  });
}

/** @throws MigrationInvalid for what does not say what it is to be */
export function requireChange<T>(what: string, change: MigrationChange<T>): MigrationChange<T> {
  if (isObject(change) && change.to !== undefined) {
    requireOptions<MigrationChange<T>>(what, change, { from: true, to: true });
    return change;
  }
  throw new MigrationInvalid(`${what} was not told what it is to become.`, {
    hint: 'Write { from: …, to: … }; null is none. Without from it cannot be undone.',
  });
}
