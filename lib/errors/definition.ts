import { ActiveRecordError } from './base.ts';

/** A class is declared in a way that cannot work. */
export abstract class DefinitionError extends ActiveRecordError {}

/** A model, column or scope is declared in a way that cannot work. */
export class InvalidDefinition extends DefinitionError {
  readonly code = 'AR_DEFINITION_INVALID';
}

/** A class field such as `name!: string` hides the attribute or the association `name`. */
export class FieldHidesAttribute extends DefinitionError {
  readonly code = 'AR_FIELD_HIDES_ATTRIBUTE';
}

/** A class that only others extend was to be queried, or to make a record. */
export class AbstractModel extends DefinitionError {
  readonly code = 'AR_MODEL_ABSTRACT';
}

/** A row says that it is of a class that is not known. */
export class UnknownType extends DefinitionError {
  readonly code = 'AR_TYPE_UNKNOWN';
  /** What the row, or the program, said. */
  readonly type: string;
  /** The types that are known, each the stored name of a class. */
  readonly known: readonly string[];

  constructor(what: string, type: string, known: readonly string[], hint: string) {
    super(what, { hint });
    this.type = type;
    this.known = known;
  }
}

/** The columns of a model without a definition have not been read from the database yet. */
export class ColumnsNotLoaded extends DefinitionError {
  readonly code = 'AR_COLUMNS_NOT_LOADED';
}
