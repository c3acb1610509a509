export type MigrationDirection = 'up' | 'down';

/** What a migrator tells while it works. */
export type MigrationEvent =
  /** Another migrator is at work; this one waits until it has finished. */
  | { readonly kind: 'waiting' }
  /** What will run, in order; nothing has run yet. */
  | { readonly kind: 'planned'; readonly direction: MigrationDirection; readonly migrations: readonly string[] }
  | { readonly kind: 'started'; readonly direction: MigrationDirection; readonly migration: string }
  /** A batch of a data step is committed: so many batches and rows of it so far. */
  | { readonly kind: 'progress'; readonly migration: string; readonly batches: number; readonly rows: number }
  /** Others use the table of a schema change, which will be tried again; `by` says who that may be. */
  | {
      readonly kind: 'blocked';
      readonly migration: string;
      readonly statement: string;
      readonly by: readonly string[];
    }
  /** A migration that was run is not as it was; `hint` says what to do. Nothing keeps the others from running. */
  | { readonly kind: 'warning'; readonly migration: string; readonly message: string; readonly hint: string }
  /** What the migration says with `say` and `sayWithTime`; `duration` is there once timed work is done. */
  | {
      readonly kind: 'said';
      readonly direction: MigrationDirection;
      readonly migration: string;
      readonly message: string;
      readonly duration: number | undefined;
    }
  /** `duration` is in milliseconds. */
  | {
      readonly kind: 'finished';
      readonly direction: MigrationDirection;
      readonly migration: string;
      readonly duration: number;
    }
  | { readonly kind: 'failed'; readonly direction: MigrationDirection; readonly migration: string };
