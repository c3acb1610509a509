/** Keys for the suites, which everybody may know. */
import { createHash } from 'node:crypto';
import { configureSecrets, type SecretsOptions } from '../../lib/index.ts';

/** The same key for the same name. */
export const testKey = (name: string): string => createHash('sha256').update(name).digest('base64');

/** All that a suite needs, with passwords that cost next to nothing. */
export function useTestSecrets(options: SecretsOptions = {}): void {
  configureSecrets({
    primaryKey: testKey('primary'),
    deterministicKey: testKey('deterministic'),
    tokenSecret: testKey('tokens'),
    passwordCost: { ln: 1, r: 1, p: 1 },
    ...options,
  });
}
