import { InvalidDefinition } from '../errors/definition.ts';

declare const storeBrand: unique symbol;

/**
 * A property that is a key of a JSON attribute, as models declare it: `column.store('settings', 'theme')`.
 *
 * @typeParam A - the name of the JSON attribute
 * @typeParam K - the key in its object
 */
export class Store<A extends string, K extends string> {
  declare readonly [storeBrand]: true;
  /** @internal */
  readonly attribute: A;
  /** @internal */
  readonly key: K;

  /** @internal */
  constructor(attribute: A, key: K) {
    for (const [what, name] of [
      ['JSON attribute', attribute],
      ['key', key],
    ]) {
      if (typeof name !== 'string' || name === '')
        throw new InvalidDefinition(`column.store was given no name of a ${what}.`, {
          hint: "Write theme: column.store('settings', 'theme').",
        });
    }
    this.attribute = attribute;
    this.key = key;
  }
}
