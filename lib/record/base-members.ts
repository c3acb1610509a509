/**
 * The members of every record, which no attribute can be named like. A test holds this list against `BaseModel`: the
 * types of bare classes need it in a layer below.
 */
export const baseMembers = [
  'assign',
  'attributeWas',
  'attributes',
  'changed',
  'changes',
  'decrement',
  'delete',
  'destroy',
  'dup',
  'equals',
  'errors',
  'freeze',
  'hasChanged',
  'increment',
  'isDestroyed',
  'isFrozen',
  'isNewRecord',
  'isPersisted',
  'isReadonly',
  'isValid',
  'previousChanges',
  'primaryKey',
  'readonly',
  'reload',
  'restoreAttributes',
  'save',
  'strictLoading',
  'toJSON',
  'toggle',
  'touch',
  'update',
  'updateColumns',
  'validate',
] as const;

export type BaseMember = (typeof baseMembers)[number] | symbol;
