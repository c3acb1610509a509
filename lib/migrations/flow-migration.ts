import { IrreversibleMigration, MigrationInvalid } from '../errors/migration.ts';
import { MigrationCore, workingsOf } from './migration-core.ts';
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
   * @throws MigrationInvalid (`AR_MIGRATION_INVALID`) for an async function
   */
  reversible(steps: { readonly up?: () => unknown; readonly down?: () => unknown }): Queued {
    const workings = workingsOf(this);
    const { up, down } = steps;
    const gather = (step: (() => unknown) | undefined) =>
      step === undefined ? [] : workings.gather(() => step(), 'reversible');
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
    const done = workings.gather(() => what(), 'revert');
    return workings.push({ kind: 'reversible', up: inversesOf(done, this.constructor.name), down: done });
  }

  /** Tells whoever runs the migration something, when all operations before it are done. */
  say(message: string): Queued {
    return workingsOf(this).push({ kind: 'say', message, timer: undefined });
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
    workings.push({ kind: 'say', message, timer: 'begin' });
    const answer = work();
    const finish = () => workings.push({ kind: 'say', message, timer: 'end' });
    if (!(answer instanceof Promise)) return finish();
    return answer.then(async (value: unknown) => {
      await finish();
      return value;
    });
  }
}

function isMigrationClass(what: MigrationClass | (() => unknown)): what is MigrationClass {
  return what.prototype instanceof MigrationCore;
}

/** What another migration does and undoes, the other way round. */
function reversed(migration: MigrationClass): MigrationOperation {
  const instance = new migration();
  const workings = workingsOf(instance);
  const record = (name: 'change' | 'up' | 'down') => {
    const step: unknown = Reflect.get(instance, name);
    if (typeof step !== 'function') return undefined;
    return workings.gather(() => Reflect.apply(step, instance, []), `revert(${migration.name})`);
  };
  const change = record('change');
  if (change !== undefined)
    return { kind: 'reversible', up: inversesOf(change, migration.name), down: change.flatMap(flattened) };
  const [up, down] = [record('up'), record('down')];
  if (up === undefined)
    throw new MigrationInvalid(`${migration.name} says nothing to do, so there is nothing to revert.`);
  if (down === undefined) {
    throw new IrreversibleMigration(`${migration.name} cannot be undone: it has up(), but no down().`, {
      hint: 'Write down(). Nothing was changed.',
    });
  }
  return { kind: 'reversible', up: down.flatMap(flattened), down: up.flatMap(flattened) };
}
