import { InvalidDefinition } from '../errors/definition.ts';
import type { ColumnDefinition } from './column.ts';

/** Names that mean something to every save. */
const kept: readonly string[] = ['createdAt', 'updatedAt', 'lockVersion'];

/** What the database would have to read the values for. @throws InvalidDefinition (`AR_DEFINITION_INVALID`) */
export function checkEncrypted(attribute: string, label: string, definition: ColumnDefinition): void {
  const { type } = definition;
  if (type.kind !== 'encrypted') return;
  const asked =
    (definition.primaryKey && 'the primary key') ||
    (definition.references !== undefined && 'a foreign key') ||
    (definition.generatedAs !== undefined && 'computed by the database') ||
    (definition.computedDefault !== undefined && 'given a default by the database') ||
    (definition.enumScopes !== false && 'an enum with scopes') ||
    ((definition.charset ?? definition.collation) !== undefined && 'given a character set or collation');
  if (asked !== false)
    throw new InvalidDefinition(`${label} is encrypted, so it cannot be ${asked}.`, {
      hint: 'Leave out one of the two.',
    });
  if (kept.includes(attribute)) {
    throw new InvalidDefinition(`${label} is encrypted, so it cannot be kept by save.`, {
      hint: `Leave out .encrypted(), or give it another name than ${attribute}.`,
    });
  }
  if (!type.rules.isDeterministic && (definition.unique || definition.index)) {
    throw new InvalidDefinition(`${label} is encrypted anew each time, so an index over it finds nothing.`, {
      hint: 'Write .encrypted({ deterministic: true }), or leave out the index.',
    });
  }
}
