import { IrreversibleMigration, MigrationInvalid } from '../errors/migration.ts';
import { describeValue } from '../types/type.ts';
import { isAwaited, MigrationCore, workingsOf } from './migration-core.ts';
import { ObjectMigration } from './object-migration.ts';
import type { MigrationOperation } from './operations.ts';
import type { Queued } from './queue.ts';
import { flattened, inversesOf } from './recorder.ts';

/** The class of another migration, as its file exports it. */
export type MigrationClass = new () => MigrationCore;

/** What is done in one direction or the other, and what is said meanwhile. */
export abstract class FlowMigration extends ObjectMigration {
  /**
   * In a `change()`: what is done when it runs, and what is done in its place when it is undone. Both ask for
   * operations, and wait for nothing.
   *
   * ```ts
   * this.reversible({
   *   up: () => this.execute('UPDATE users SET state = 1'),
   *   down: () => this.execute('UPDATE users SET state = 0'),
   * });
   * ```
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for an async function, or none at all
   */
  reversible(steps: { readonly up?: () => unknown; readonly down?: () => unknown }): Queued {
    const workings = workingsOf(this);
    const { up, down } = checkedSteps(steps);
    const gather = (step: unknown) => (step === undefined ? [] : workings.gather(step, 'reversible'));
    // Only what can be needed: a step may have effects of its own.
    const needsUp = workings.executes || workings.gathers;
    const needsDown = !workings.executes;
    return workings.push({ kind: 'reversible', up: needsUp ? gather(up) : [], down: needsDown ? gather(down) : [] });
  }

  /** In a `change()`: what is done when it runs, and is left alone when it is undone. */
  upOnly(step: () => unknown): Queued {
    return this.reversible({ up: step });
  }

  /**
   * Undoes operations, or a whole migration of before; undoing this then does them again.
   *
   * ```ts
   * this.revert(() => {
   *   this.createTable('notes', { id: column.id() });   // DROP TABLE `notes`
   * });
   * this.revert(CreateNotes);                           // the class of an earlier migration
   * ```
   * @throws IrreversibleMigration (`AR_MIGRATION_IRREVERSIBLE`) for what cannot be undone, before anything is changed
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for an async function, or what is no migration
   */
  revert(what: MigrationClass | (() => unknown)): Queued {
    const workings = workingsOf(this);
    if (isMigrationClass(what)) return workings.push(reversed(what));
    const done = workings.gather(checkedReversal(what), 'revert');
    return workings.push({ kind: 'reversible', up: inversesOf(done, this.constructor.name), down: done });
  }

  /** Tells whoever runs the migration something, when all operations before it are done. */
  say(message: string): Queued {
    return workingsOf(this).push({ kind: 'say', message: checkedMessage(message), timer: undefined });
  }

  /**
   * Says what is done, does it, and says how long it took.
   *
   * ```ts
   * this.sayWithTime('indexing posts', () => this.addIndex('posts', 'title'));
   * ```
   * @param work - asks for operations; in `up()` and `down()` it may be async, and has to be awaited then
   */
  sayWithTime<T>(message: string, work: () => Promise<T>): Promise<T>;
  sayWithTime(message: string, work: () => unknown): Queued;
  sayWithTime(message: string, work: () => unknown): Queued | Promise<unknown> {
    const workings = workingsOf(this);
    if (typeof work !== 'function')
      throw new MigrationInvalid(`sayWithTime takes a message and a function, not ${describeValue(work)}.`);
    workings.push({ kind: 'say', message: checkedMessage(message), timer: 'begin' });
    const answer = work();
    const finish = () => workings.push({ kind: 'say', message, timer: 'end' });
    if (!isAwaited(answer)) return finish();
    if (workings.gathers) {
      // Its failure is not what has to be told.
      answer.then(undefined, () => undefined);
      throw new MigrationInvalid('Inside of reversible, upOnly and revert the work of sayWithTime waits for nothing.', {
        hint: 'Leave out async and await, or write up() and down().',
      });
    }
    return workings.queue.waitFor(async () => {
      const value = await answer;
      await finish();
      return value;
    });
  }
}

function checkedMessage(message: unknown): string {
  if (typeof message === 'string') return message;
  throw new MigrationInvalid(`A message is text, not ${describeValue(message)}.`);
}

function checkedSteps(steps: unknown): { readonly up: unknown; readonly down: unknown } {
  const [up, down]: unknown[] =
    typeof steps === 'object' && steps !== null ? [Reflect.get(steps, 'up'), Reflect.get(steps, 'down')] : [];
  if (up !== undefined || down !== undefined) return { up, down };
  throw new MigrationInvalid('reversible says neither what is done nor what undoes it.', {
    hint: 'Write: this.reversible({ up: () => …, down: () => … })',
  });
}

function checkedReversal(what: unknown): unknown {
  if (typeof what === 'function' && !/^class\b/.test(Function.prototype.toString.call(what))) return what;
  throw new MigrationInvalid(
    `revert takes a function, or the class of another migration, not ${describeValue(what)}.`,
    {
      hint: 'A class has to extend Migration, and to come from the same copy of active-record-ts: import CreateNotes from "./20260101000000_create_notes.ts".',
    },
  );
}

function isMigrationClass(what: unknown): what is MigrationClass {
  return typeof what === 'function' && what.prototype instanceof MigrationCore;
}

/** Migrations whose contrary is being put together: one that reverts itself would have no end. */
const underWay = new Set<MigrationClass>();

/** What another migration does and undoes, the other way round. */
function reversed(migration: MigrationClass): MigrationOperation {
  const { name } = migration;
  if (underWay.has(migration))
    throw new MigrationInvalid(`${name} is reverted by itself.`, { hint: 'Revert one that was run before it.' });
  underWay.add(migration);
  try {
    return turnedRound(migration);
  } finally {
    underWay.delete(migration);
  }
}

function turnedRound(migration: MigrationClass): MigrationOperation {
  const { name } = migration;
  const instance = new migration();
  const workings = workingsOf(instance);
  const record = (method: 'change' | 'up' | 'down') => {
    const step: unknown = Reflect.get(instance, method);
    if (typeof step !== 'function') return undefined;
    return workings.gather(() => Reflect.apply(step, instance, []), `revert (${method}() of ${name})`);
  };
  if (['up', 'down'].some((method) => Reflect.has(instance, method)) && Reflect.has(instance, 'change'))
    throw new MigrationInvalid(`${name} has change() beside up() or down(): which of them to revert is not known.`);
  const change = record('change');
  if (change !== undefined)
    return { kind: 'reversible', up: inversesOf(change, name), down: change.flatMap(flattened) };
  const [up, down] = [record('up'), record('down')];
  if (up === undefined) throw new MigrationInvalid(`${name} says nothing to do, so there is nothing to revert.`);
  if (down === undefined) {
    throw new IrreversibleMigration(`${name} cannot be undone: it has up(), but no down().`, {
      hint: 'Write down(). Nothing was changed.',
    });
  }
  return { kind: 'reversible', up: down.flatMap(flattened), down: up.flatMap(flattened) };
}
