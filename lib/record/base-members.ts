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
  'delete',
  'destroy',
  'equals',
  'errors',
  'hasChanged',
  'isDestroyed',
  'isNewRecord',
  'isPersisted',
  'previousChanges',
  'primaryKey',
  'reload',
  'restoreAttributes',
  'save',
  'toJSON',
  'update',
] as const;

export type BaseMember = (typeof baseMembers)[number] | symbol;
