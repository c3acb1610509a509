import type { SchemaChanges } from './contract.ts';

/** Where a schema change is rolled back with its transaction: nothing can be in doubt, or stay half done. */
export const transactionalChanges: SchemaChanges = {
  tableText: async () => undefined,
  isInvalid: async () => false,
  isRunning: async () => false,
  lockWait: () => undefined,
  blockers: async () => [],
};
