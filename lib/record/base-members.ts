/**
 * The members of every record, which no attribute can be named like. A test holds this list against `BaseModel`: the
 * types of bare classes need it in a layer below.
 */
export const baseMembers = [
  'assign',
  'attributeWas',
  'attributes',
  'becomes',
  'changed',
  'changes',
  'decrement',
  'delete',
  'destroy',
  'equals',
  'errors',
  'hasChanged',
  'increment',
  'isDestroyed',
  'isNewRecord',
  'isPersisted',
  'isValid',
  'previousChanges',
  'primaryKey',
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
