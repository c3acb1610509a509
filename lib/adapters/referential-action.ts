import type { ReferentialAction } from '../sql/ddl/spec.ts';

const actions: Readonly<Record<string, ReferentialAction>> = {
  CASCADE: 'cascade',
  RESTRICT: 'restrict',
  'SET NULL': 'setNull',
};

/** What a catalogue says of a foreign key, such as `SET NULL`; undefined for NO ACTION, which is so by default. */
export const referentialAction = (words: string): ReferentialAction | undefined => actions[words.toUpperCase()];
