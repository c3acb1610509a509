import type { KeyAction } from './contract.ts';

const actions: Readonly<Record<string, KeyAction>> = {
  CASCADE: 'cascade',
  'SET NULL': 'setNull',
  'SET DEFAULT': 'setDefault',
};

/** What a foreign key does, from the words of SQL; undefined for RESTRICT and NO ACTION, which refuse the change. */
export const keyAction = (words: string): KeyAction | undefined => actions[words.toUpperCase()];
