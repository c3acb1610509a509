import { stringType } from '../types/text.ts';
import { Column } from './column.ts';
import { VirtualColumn } from './virtual-column.ts';

/** What a password adds to a model: what it is assigned to, and the column with what is kept of it. */
export type SecurePassword<N extends string> = {
  [K in N | `${N}Confirmation`]: VirtualColumn<string | null>;
} & { [K in `${N}Digest`]: Column<string, true, false, { digestOf: N }> };

export function securePassword<N extends string>(name: N | undefined, isOptional: boolean): SecurePassword<N> {
  const attribute: string = name ?? 'password';
  const assigned = () =>
    new VirtualColumn<string | null>({
      type: stringType(16_383),
      nullable: true,
      default: undefined,
      hasDefault: false,
      sensitive: true,
    });
  const declared = {
    [attribute]: assigned(),
    [`${attribute}Confirmation`]: assigned(),
    [`${attribute}Digest`]: new Column({
      type: stringType(255),
      nullable: isOptional,
      sensitive: true,
      digestOf: attribute,
    }),
  };
  // Its keys are made of the name, which an object literal cannot say to the compiler.
  return declared as unknown as SecurePassword<N>;
}
