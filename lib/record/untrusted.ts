import { ForbiddenAttributes } from '../errors/attributes.ts';

declare const untrustedKey: unique symbol;

/** What no untrusted body fits: methods that take attributes add it to the type of their argument. */
export interface Trusted {
  readonly [untrustedKey]?: never;
}

/** Attributes of a model that declares none, as a literal or of any type. */
export type AnyAttributes = { readonly [attribute: string]: unknown } | (object & Trusted);

let open: (wrapper: Untrusted) => unknown;

/**
 * A body from outside, as {@link untrusted} wraps it. It has no properties of its own, so that nothing can be read or
 * spread from it: `User.permit` is the only way in.
 */
export class Untrusted {
  /** No property, but a private field is what makes it one: JSON cannot forge that. */
  declare readonly [untrustedKey]: true;
  readonly #body: unknown;

  /** @internal */
  constructor(body: unknown) {
    this.#body = body;
    Object.freeze(this);
  }

  static {
    open = (wrapper) => wrapper.#body;
  }

  /** @internal */
  static is(value: unknown): value is Untrusted {
    return typeof value === 'object' && value !== null && #body in value;
  }

  /** Refuses: what nobody has looked at is not to reach a log, an answer or a JSON column. */
  toJSON(): never {
    throw new ForbiddenAttributes('An untrusted body was to become JSON.', {
      hint: 'Take what you need out of it: Model.permit(body, [ … ]).',
    });
  }

  /** Refuses: the setter of a class, or a custom type, would go on with `[object Object]`. */
  [Symbol.toPrimitive](): never {
    throw new ForbiddenAttributes('An untrusted body was to become text or a number.', {
      hint: 'Take what you need out of it: Model.permit(body, [ … ]).',
    });
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Untrusted { … }';
  }
}

/**
 * Marks a body from outside (of a request, a message, a file), so that nothing in it is assigned by accident: every method
 * that takes attributes or conditions refuses it, by its type and when it runs.
 *
 * ```ts
 * const body = untrusted(request.body);
 * await User.create(body);                            // does not compile; ForbiddenAttributes
 * await user.update(User.permit(body, ['name', 'age']));
 * ```
 *
 * @param body - anything; it is looked at by `permit`
 */
export function untrusted(body: unknown): Untrusted {
  return Untrusted.is(body) ? body : new Untrusted(body);
}

/** What is wrapped; what is not wrapped as it is. */
export function bodyOf(value: unknown): unknown {
  return Untrusted.is(value) ? open(value) : value;
}

/**
 * @param what - what takes attributes: `User`, `updateAll`
 * @throws ForbiddenAttributes (`AR_ATTRIBUTES_FORBIDDEN`)
 */
export function refuseUntrusted(value: unknown, what: string): void {
  if (!Untrusted.is(value)) return;
  throw new ForbiddenAttributes(`${what} was given an untrusted body, of which nothing may be used as it is.`, {
    hint: "Say what may be: Model.permit(body, ['name', …]).",
  });
}
