import { InvalidDefinition } from '../errors/definition.ts';
import { SecretsError } from '../errors/secrets.ts';
import { AttributeCipher, type CipherPlace } from '../secrets/attribute-cipher.ts';
import type { TextType } from './text.ts';
import { type CastSite, neutralEncoding, type Scalar, type Type } from './type.ts';

/** How an attribute is encrypted. */
export interface EncryptionRules {
  /** The same value always becomes the same text, so that it can be looked up. */
  readonly isDeterministic: boolean;
  /** Rows that were never encrypted are read as they are. */
  readonly allowsPlain: boolean;
  /** What it is encrypted for, in place of its table and column. */
  readonly context: string | undefined;
}

/** Values of another type, which the column keeps as encrypted text. */
export interface EncryptedType extends Type<unknown> {
  readonly kind: 'encrypted';
  /** The type of the values. */
  readonly inner: Type;
  /** The values are bytes to their type, and not text. */
  readonly holdsBytes: boolean;
  /** The column's own type. */
  readonly storage: TextType;
  readonly rules: EncryptionRules;
  readonly bare?: EncryptedType;
  /** What only the type of an attribute can do: one that knows what it encrypts for. */
  readonly secret: SecretForms | undefined;
}

/** What can be asked about the encrypted texts of an attribute. */
export interface SecretForms {
  /** Every text under which a row may have the value. */
  texts(value: unknown): readonly string[];
  /** Whether the text is encrypted at all, and with the first key. */
  state(raw: Scalar): 'current' | 'old' | 'plain';
  /** The same content with the first key; of text that was never encrypted, the value as the program would give it. */
  reencrypt(raw: Scalar, site: CastSite): string;
}

/** What an encrypted attribute is of. */
export type AttributePlace = Omit<CipherPlace, 'isDeterministic'>;

/** A type for declarations: tables are made with it, and models bind it to a place. */
export function encryptedType(
  inner: Type,
  column: Pick<EncryptedType, 'storage' | 'holdsBytes'>,
  rules: EncryptionRules,
): EncryptedType {
  const unbound = (): never => {
    throw new InvalidDefinition('An encrypted column has values only as an attribute of a model.');
  };
  return Object.freeze({
    kind: 'encrypted',
    ...column,
    inner,
    rules,
    secret: undefined,
    plain: undefined,
    mutable: inner.mutable,
    isRandom: !rules.isDeterministic,
    cast: (value: unknown, site: CastSite) => inner.cast(value, site),
    deserialize: unbound,
    serialize: unbound,
    equals: (a: unknown, b: unknown) => inner.equals(a, b),
    ...(inner.bare === undefined ? {} : { bare: encryptedType(inner.bare, column, rules) }),
  });
}

/** The same type as that of one attribute. */
export function boundType(type: EncryptedType, place: AttributePlace): EncryptedType {
  const { inner, rules } = type;
  const context = rules.context ?? place.context;
  const cipher = new AttributeCipher({ ...place, context, isDeterministic: rules.isDeterministic });
  const plainText = (raw: Scalar): string => {
    if (rules.allowsPlain) return textOf(raw);
    throw cipher.failed('unencrypted', 'the row has text that was never encrypted');
  };
  const read = (content: Scalar): unknown => {
    try {
      return inner.deserialize(content);
    } catch (cause) {
      if (cause instanceof SecretsError) throw cause;
      // What the type says of it may tell the value.
      throw cipher.failed('unreadable', `what it holds is no value of a column of type ${inner.kind}`);
    }
  };
  const secret: SecretForms = {
    texts(value) {
      const stored = inner.serialize(value, neutralEncoding);
      // To databases they are the same number.
      const contents = stored === 0 ? [contentOf(0), contentOf(-0)] : [contentOf(stored)];
      const texts = contents.flatMap((content) => cipher.everyText(content));
      return rules.allowsPlain ? [...texts, textOf(stored)] : texts;
    },
    state(raw) {
      const opened = cipher.decrypt(textOf(raw));
      if (opened === undefined) return 'plain';
      return opened.isCurrent ? 'current' : 'old';
    },
    reencrypt(raw, site) {
      const opened = cipher.decrypt(textOf(raw));
      if (opened !== undefined) return cipher.encrypt(opened.content);
      const value: unknown = inner.cast(read(plainText(raw)), site);
      return cipher.encrypt(contentOf(inner.serialize(value, neutralEncoding)));
    },
  };
  return Object.freeze({
    ...type,
    secret,
    deserialize(raw: Scalar) {
      const opened = cipher.decrypt(textOf(raw));
      if (opened === undefined) return read(plainText(raw));
      return read(type.holdsBytes ? opened.content : opened.content.toString('utf8'));
    },
    serialize: (value: unknown) => cipher.encrypt(contentOf(inner.serialize(value, neutralEncoding))),
    ...(type.bare === undefined ? {} : { bare: boundType(type.bare, place) }),
  });
}

function contentOf(stored: Scalar): Uint8Array {
  if (stored instanceof Uint8Array) return stored;
  return Buffer.from(Object.is(stored, -0) ? '-0' : String(stored));
}

/** Text columns are read as text, and on some databases as bytes. */
function textOf(raw: Scalar): string {
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('utf8') : String(raw);
}
