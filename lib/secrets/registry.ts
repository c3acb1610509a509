import { InvalidSecrets, SecretsMissing } from '../errors/secrets.ts';
import { shared } from '../support/shared.ts';
import { didYouMean } from '../support/suggest.ts';
import { checkedCost, defaultCost, type PasswordCost } from './password.ts';
import { SecretKey, type SecretKeyInput } from './secret-key.ts';

/** One key, or several: the first encrypts and signs, all decrypt and verify. */
export type SecretKeys = SecretKeyInput | readonly SecretKeyInput[];

/** What `configureSecrets` takes, and `secrets` of `ar.config.ts`. */
export interface SecretsOptions {
  /** For attributes that are `encrypted()`. */
  readonly primaryKey?: SecretKeys;
  /** For attributes that are `encrypted({ deterministic: true })`. */
  readonly deterministicKey?: SecretKeys;
  /** For signed ids and tokens. */
  readonly tokenSecret?: SecretKeys;
  /** What hashing a password costs. */
  readonly passwordCost?: PasswordCost;
}

export type SecretName = 'primaryKey' | 'deterministicKey' | 'tokenSecret';

interface Secrets {
  readonly keys: ReadonlyMap<SecretName, readonly SecretKey[]>;
  readonly passwordCost: PasswordCost;
  readonly isConfigured: boolean;
}

const held = shared<{ secrets: Secrets }>('secrets', () => ({
  secrets: { keys: new Map(), passwordCost: defaultCost, isConfigured: false },
}));

const names: readonly SecretName[] = ['primaryKey', 'deterministicKey', 'tokenSecret'];

/**
 * Gives the library its keys, for this process: what was configured before is replaced. Of several keys the first encrypts
 * and signs, and all of them decrypt and verify, so that a new one can be put in front.
 *
 * ```ts
 * configureSecrets({
 *   primaryKey: [process.env.AR_PRIMARY_KEY, process.env.AR_PREVIOUS_PRIMARY_KEY].filter((key) => key !== undefined),
 *   deterministicKey: process.env.AR_DETERMINISTIC_KEY,
 *   tokenSecret: process.env.AR_TOKEN_SECRET,
 * });
 * ```
 * @throws InvalidSecrets (`AR_SECRETS_INVALID`) for what is no key, or one that can be guessed
 */
export function configureSecrets(options: SecretsOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new InvalidSecrets('configureSecrets takes an object of keys.');
  const known: readonly string[] = [...names, 'passwordCost'];
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new InvalidSecrets(`configureSecrets knows no "${name.slice(0, 40)}".`, { hint: didYouMean(name, known) });
  }
  const keys = names.flatMap((name): [SecretName, readonly SecretKey[]][] => {
    const given: unknown = options[name];
    if (given === undefined) return [];
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 0) throw new InvalidSecrets(`The list of the ${name} is empty.`);
    return [[name, list.map((each) => new SecretKey(each, name))]];
  });
  held.secrets = {
    keys: new Map(keys),
    passwordCost: options.passwordCost === undefined ? defaultCost : checkedCost(options.passwordCost),
    isConfigured: true,
  };
}

/** Takes what the configuration file says, unless the program has said it itself. */
export function configureSecretsOnce(options: SecretsOptions): void {
  if (!held.secrets.isConfigured) configureSecrets(options);
}

/** The keys of a kind, at least one. @throws SecretsMissing (`AR_SECRETS_MISSING`) */
export function secretKeys(name: SecretName, what: string): readonly [SecretKey, ...SecretKey[]] {
  const [first, ...others] = held.secrets.keys.get(name) ?? [];
  if (first !== undefined) return [first, ...others];
  throw new SecretsMissing(`${what} needs a ${name}, and none is configured.`, {
    hint: `Run npx ar secrets, which prints fresh ones, and give it to configureSecrets({ ${name}: … }) or to secrets of ar.config.ts.`,
  });
}

export function passwordCost(): PasswordCost {
  return held.secrets.passwordCost;
}
