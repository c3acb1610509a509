import { InvalidQuery } from '../../errors/query.ts';
import type { DefinitionOf, KeyOf, PasswordName, RecordOf, SomeColumns } from '../../record/definition-types.ts';
import type { RecordState } from '../../record/state.ts';
import { writeValue } from '../../record/values.ts';
import { verifyNothing } from '../../secrets/password.ts';
import { randomToken } from '../../secrets/random-token.ts';
import { passwordCost } from '../../secrets/registry.ts';
import { Copying } from '../copying.ts';
import { attributesOf, ready } from '../metadata.ts';
import { asModel, type ModelClass } from '../model-class.ts';
import { type AnyClass, all } from '../query-of.ts';
import { sourceOf } from '../relation-class.ts';
import { saveRecord } from '../saving/save.ts';
import { ciphertextOf, isStoredEncrypted } from './encrypted-attributes.ts';
import { checkOptions, type Expiry, expiryOf } from './expiry.ts';
import { isOutdated, isPassword, passwordsOf, passwordText } from './passwords.ts';
import { isStillValid, purposeOf, purposeToken, type TokenPurpose, tokenKind } from './purposes.ts';
import { invalidToken, readToken, recordToken, type TokenContent } from './record-token.ts';
import { type ReencryptOptions, type ReencryptResult, reencryptAll, reencryptRecord } from './reencrypt.ts';

/** What a signed id is for, and how long it is valid. */
export interface SignedIdOptions extends Expiry, SignedIdPurpose {}

export interface SignedIdPurpose {
  /** A signed id for one purpose is not valid for another. */
  readonly purpose?: string;
}

/** What `authenticateBy` takes: attributes to find the record by, and its password. */
export type Credentials<D> = SomeColumns<D> & { readonly [K in PasswordName<D> & string]?: string };

const signedIdKind = 'signed id';

/** Encrypted attributes, passwords, and tokens that stand for records. */
export abstract class SecretMembers extends Copying {
  /**
   * Encrypts, with the first key, all rows that are not encrypted with it: after a new key was put in front, or while
   * attributes that were not encrypted become so. Rows that somebody changes meanwhile are left as they are, and told.
   *
   * ```ts
   * const { reencrypted, changed, failed } = await User.reencryptAll();
   * // SELECT id, ssn FROM users ORDER BY id LIMIT 1000; UPDATE users SET ssn = ? WHERE id = ? AND ssn = ?
   * ```
   * @param options - `size` of a batch, and `progress`
   * @returns how many rows were encrypted, how many were so already, and the keys of those that could not be
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for a model without encrypted attributes; UnknownType (`AR_TYPE_UNKNOWN`) for
   * a row of a class below that is not known; SecretsMissing
   */
  static async reencryptAll(this: AnyClass, options?: ReencryptOptions): Promise<ReencryptResult> {
    return reencryptAll(asModel(this), options);
  }

  /**
   * The record of a signed id; null where that is not valid, has expired, or is for another purpose, and where there is no
   * such record any more.
   *
   * ```ts
   * const user = await User.findSigned(params.id, { purpose: 'unsubscribe' });
   * ```
   * @throws SecretsMissing (`AR_SECRETS_MISSING`) without a `tokenSecret`
   */
  static async findSigned<M extends AnyClass>(
    this: M,
    signedId: string,
    options: SignedIdPurpose = {},
  ): Promise<RecordOf<M> | null> {
    const content = await readSigned(asModel(this), signedId, options);
    return content === undefined ? null : recordOf(this, content);
  }

  /**
   * The same, for those who want an error.
   * @throws InvalidToken (`AR_TOKEN_INVALID`); RecordNotFound (`AR_RECORD_NOT_FOUND`) where there is no such record any more
   */
  static async findSignedOrFail<M extends AnyClass>(
    this: M,
    signedId: string,
    options: SignedIdPurpose = {},
  ): Promise<RecordOf<M>> {
    const content = await readSigned(asModel(this), signedId, options);
    if (content === undefined) throw invalidToken(asModel(this), signedIdKind);
    return all(this).find(content.primaryKey as KeyOf<DefinitionOf<M>>);
  }

  /**
   * A token that stands for a record, for one of the purposes in `static tokens`, or to reset a password.
   *
   * ```ts
   * const token = User.tokenFor(user, 'passwordReset');
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for an unknown purpose; RecordNotPersisted, SecretsMissing
   */
  static tokenFor<M extends AnyClass>(this: M, record: RecordOf<M> & SecretMembers, purpose: TokenPurpose<M>): string {
    const given: SecretMembers = record;
    if (!(given instanceof asModel(this))) throw new InvalidQuery(`tokenFor of ${this.name} takes one of its records.`);
    return purposeToken(asModel(this), given, purpose);
  }

  /**
   * The record of a token; null where that is not valid, has expired or is for another purpose, where what it depends on
   * has changed since, and where there is no such record any more.
   *
   * ```ts
   * const user = await User.findByToken('passwordReset', params.token);
   * ```
   * @throws InvalidQuery (`AR_QUERY_INVALID`) for an unknown purpose; SecretsMissing (`AR_SECRETS_MISSING`)
   */
  static async findByToken<M extends AnyClass>(
    this: M,
    purpose: TokenPurpose<M>,
    token: string,
  ): Promise<RecordOf<M> | null> {
    const model = asModel(this);
    await ready(model);
    purposeOf(model, purpose);
    const content = readToken(model, tokenKind, purpose, token);
    const record = content === undefined ? null : await recordOf(this, content);
    if (content === undefined || record === null) return null;
    // What a query gives is a record of its class.
    return isStillValid(model, record as unknown as RecordState, purpose, content.mark) ? record : null;
  }

  /** The same, for those who want an error. @throws InvalidToken (`AR_TOKEN_INVALID`) */
  static async findByTokenOrFail<M extends AnyClass & Pick<typeof SecretMembers, 'findByToken'>>(
    this: M,
    purpose: TokenPurpose<M>,
    token: string,
  ): Promise<RecordOf<M>> {
    const record = await this.findByToken(purpose, token);
    if (record === null) throw invalidToken(asModel(this), tokenKind);
    return record;
  }

  /**
   * The record with these attributes, if the password is its own; else null, after as long a time as where there is no such
   * record, so that nobody learns who has one.
   *
   * ```ts
   * const user = await User.authenticateBy({ email: 'ada@example.org', password: 'correct horse' });
   * ```
   * @param credentials - one password or several, and at least one attribute to find the record by
   * @throws InvalidQuery (`AR_QUERY_INVALID`) without a password, or with nothing but passwords; InvalidValue
   * (`AR_VALUE_INVALID`) for what is no value of its attribute: lists and operators among them
   */
  static async authenticateBy<M extends AnyClass>(
    this: M,
    credentials: Credentials<DefinitionOf<M>>,
  ): Promise<RecordOf<M> | null> {
    const model = asModel(this);
    await ready(model);
    const attributes = attributesOf(model);
    const names = passwordsOf(attributes).map(({ password }) => password.name);
    const entries: [string, unknown][] = Object.entries(credentials ?? {});
    const given = entries.filter(([name]) => names.includes(name));
    const others = entries.filter(([name]) => !names.includes(name));
    if (given.length === 0 || others.length === 0) {
      throw new InvalidQuery(`authenticateBy of ${model.name} takes a password, and what the record is found by.`, {
        hint: "Write authenticateBy({ email: '…', password: '…' }).",
      });
    }
    const passwords = given.map(([name, value]) => [name, passwordText(value, `${model.name}.${name}`)] as const);
    // Values only: with a list or an operator one request would try its password on whomever it finds first.
    const values = others.map(([name, value]) => {
      const attribute = attributes.get(name);
      return [name, value === null ? null : attribute.type.cast(value, attribute)] as const;
    });
    const record = await all(this).findBy(Object.fromEntries(values) as never);
    let isTheirs = record !== null;
    for (const [name, password] of passwords) {
      if (record === null) await verifyNothing(password, passwordCost());
      // What a query gives is a record of its class.
      else if (!(await isPassword(record as unknown as RecordState, password, name))) isTheirs = false;
    }
    return isTheirs ? record : null;
  }

  /** @internal Typed by `RecordMethods`, as are those below. */
  ciphertextFor(name: never): string | null {
    return ciphertextOf(this, name);
  }

  /** @internal */
  isStoredEncrypted(name: never): boolean {
    return isStoredEncrypted(this, name);
  }

  /**
   * Encrypts the row anew, with the first key, as the database has it now. Nothing else is written; changes stay changes.
   *
   * @returns the record itself
   * @throws DecryptionFailed (`AR_DECRYPTION_FAILED`) for what cannot be read; RecordNotPersisted, RecordNotFound
   */
  async reencrypt(): Promise<this> {
    await reencryptRecord(asModel(this.constructor), this);
    return this;
  }

  /** @internal */
  async authenticate(password: never, name?: never): Promise<this | null> {
    return (await isPassword(this, password, name)) ? this : null;
  }

  /** @internal */
  needsRehash(name?: never): boolean {
    return isOutdated(this, name);
  }

  /** @internal */
  async regenerate(name: never): Promise<this> {
    const model = asModel(this.constructor);
    const attribute = attributesOf(model).get(name);
    const length = attribute.definition?.tokenLength;
    if (length === undefined) {
      throw new InvalidQuery(`${attribute.label} is no secure token.`, {
        hint: `Declare it: ${attribute.name}: column.secureToken().`,
      });
    }
    writeValue(this, attribute, randomToken(length));
    await saveRecord(sourceOf(model), this);
    return this;
  }

  /**
   * Text that stands for the record and that nobody can make up: for links in mails and other places where a bare key could
   * be guessed. Everybody who has it can read the key in it.
   *
   * ```ts
   * const id = user.signedId({ purpose: 'unsubscribe', expiresIn: 7 * 24 * 60 * 60 });
   * ```
   * @param options - `purpose`; `expiresIn` in seconds, or `expiresAt`: without either it does not expire
   * @throws RecordNotPersisted (`AR_RECORD_NOT_PERSISTED`); SecretsMissing (`AR_SECRETS_MISSING`) without a `tokenSecret`
   */
  signedId(options: SignedIdOptions = {}): string {
    checkOptions(options, ['purpose', 'expiresIn', 'expiresAt'], 'signedId');
    const purpose = purposeText(options);
    return recordToken(this, signedIdKind, purpose, expiryOf(options, 'signedId'), null);
  }
}

async function readSigned(
  model: ModelClass,
  signedId: string,
  options: SignedIdPurpose,
): Promise<TokenContent | undefined> {
  checkOptions(options, ['purpose'], 'findSigned');
  await ready(model);
  return readToken(model, signedIdKind, purposeText(options), signedId);
}

function purposeText({ purpose = '' }: SignedIdPurpose): string {
  if (typeof purpose === 'string') return purpose;
  throw new InvalidQuery('The purpose of a signed id is text.');
}

/** The key was made of the record's own. */
function recordOf<M extends AnyClass>(model: M, { key }: TokenContent): Promise<RecordOf<M> | null> {
  return all(model).findBy(key as never);
}
