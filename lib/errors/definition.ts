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

/** The columns of a model without a definition have not been read from the database yet. */
export class ColumnsNotLoaded extends DefinitionError {
  readonly code = 'AR_COLUMNS_NOT_LOADED';
}
