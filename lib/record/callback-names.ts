/**
 * Methods that a save or a destroy calls by their names. Several concerns of a model may each have one of the same name:
 * they all run, so that none is copied over another.
 */
export const callbackNames: ReadonlySet<string> = new Set([
  ...['beforeValidation', 'afterValidation', 'aroundValidation'],
  ...['beforeSave', 'afterSave', 'aroundSave'],
  ...['beforeCreate', 'afterCreate', 'aroundCreate'],
  ...['beforeUpdate', 'afterUpdate', 'aroundUpdate'],
  ...['beforeDestroy', 'afterDestroy', 'aroundDestroy'],
  ...['beforeTouch', 'afterTouch', 'aroundTouch'],
  ...['afterCommit', 'afterRollback', 'afterFind', 'afterInitialize'],
]);
