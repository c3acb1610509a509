import { InvalidDefinition } from '../errors/definition.ts';
import { isAttributeAccessor } from '../record/accessors.ts';
import { Column } from '../schema/column.ts';
import type { TableColumns } from '../schema/table-spec.ts';

/** Names that JavaScript itself gives a meaning, so that no attribute can have them. */
export const reservedAttributes: ReadonlySet<string> = new Set([
  'then',
  'constructor',
  '__proto__',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
]);

/**
 * Checks a definition as `BaseModel.with` takes it, and gives its columns.
 *
 * @param base - the prototype that the attributes will stand on
 * @throws InvalidDefinition (`AR_DEFINITION_INVALID`), each time with the mend
 */
export function checkDefinition(definition: unknown, base: object): TableColumns {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    throw new InvalidDefinition('with takes an object of columns.', {
      hint: 'Write BaseModel.with({ id: column.id(), name: column.string() }).',
    });
  }
  const columns: Record<string, Column<unknown>> = {};
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(definition))) {
    checkName(name, base);
    const value: unknown = descriptor.value;
    if (!(value instanceof Column)) {
      const what =
        descriptor.get !== undefined ? 'a getter' : value === null ? 'null' : `a value of type ${typeof value}`;
      const call = typeof value === 'function' ? ' Did you forget to call it, as in column.string()?' : '';
      throw new InvalidDefinition(`The definition's "${name}" is ${what}, not a column.${call}`, {
        hint: `Write ${name}: column.string(), say.`,
      });
    }
    columns[name] = value;
  }
  if (Object.getOwnPropertySymbols(definition).length > 0)
    throw new InvalidDefinition('A definition has symbols for keys; attributes have names.');
  return columns;
}

function checkName(name: string, base: object): void {
  const hint = `Give the attribute another name, and the column this one: ${/^[A-Za-z_$][\w$]*$/.test(name) ? `${name}Value` : 'value'}: column.string().column('${name.replaceAll("'", "\\'")}').`;
  if (name === '') throw new InvalidDefinition('An attribute has no name.');
  if (reservedAttributes.has(name))
    throw new InvalidDefinition(
      `An attribute cannot be named "${name}": JavaScript gives that name a meaning of its own.`,
      { hint },
    );
  if (name in base && !isAttributeAccessor(base, name)) {
    throw new InvalidDefinition(
      `An attribute cannot be named "${name}": every record has a method or property of that name.`,
      { hint },
    );
  }
}
