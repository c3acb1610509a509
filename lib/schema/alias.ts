import { InvalidDefinition } from '../errors/definition.ts';
import { describeValue } from '../types/type.ts';

declare const aliasBrand: unique symbol;

/** Another name for an attribute, with no column of its own. Made by `column.alias`. */
export class Alias<Name extends string = string> {
  declare readonly [aliasBrand]: true;
  /** The attribute that it stands for. */
  readonly attribute: Name;

  /** @internal */
  constructor(attribute: Name) {
    if (typeof attribute !== 'string' || attribute === '') {
      throw new InvalidDefinition(`alias takes the name of an attribute, not ${describeValue(attribute)}.`, {
        hint: "Write login: column.alias('email').",
      });
    }
    this.attribute = attribute;
  }
}
