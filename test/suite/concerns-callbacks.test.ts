/** Callbacks of concerns: all of them run, whatever they are named. */
import { BaseModel, column, createAll, dropAll } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels } from '../support/models.ts';

let log: string[] = [];

abstract class Base extends BaseModel {
  override beforeSave() {
    log.push('base');
  }
}
abstract class First extends BaseModel.with({ first: column.integer().default(0) }) {
  override beforeSave() {
    log.push('first');
    this.first += 1;
  }
  override async aroundSave(proceed: () => Promise<void>) {
    log.push('first in');
    await proceed();
    log.push('first out');
  }
}
abstract class Inner extends BaseModel {
  override beforeSave() {
    log.push('inner');
  }
}
abstract class Second extends BaseModel.use(Inner) {
  override beforeSave() {
    log.push('second');
  }
  override async aroundSave(proceed: () => Promise<void>) {
    log.push('second in');
    await proceed();
    log.push('second out');
  }
  override afterCommit() {
    log.push('committed');
  }
}
First.before('save', () => log.push('first, registered'));

class Thing extends Base.use(First, Second).with({ id: column.id(), name: column.string() }) {
  override beforeSave() {
    super.beforeSave();
    log.push('thing');
  }
}
Thing.before('save', () => log.push('thing, registered'));
class Below extends Thing.use(First) {
  static override tableName = 'things';
}

describeModels('callbacks of concerns', [Thing], () => {
  it('all run, in the order of the concerns, before the method of the model', async () => {
    log = [];
    const thing = await Thing.create({ name: 'x' });
    expect(log).toEqual([
      ...['first, registered', 'first', 'inner', 'second', 'thing, registered', 'base', 'thing'],
      ...['first in', 'second in', 'second out', 'first out', 'committed'],
    ]);
    expect(thing.first).toBe(1);
    expect((await Thing.find(thing.id)).first).toBe(1);
  });

  it('run once where a concern comes by two ways', async () => {
    log = [];
    await Below.create({ name: 'y' });
    expect(log.filter((each) => each === 'first')).toHaveLength(1);
    expect(log.filter((each) => each === 'first, registered')).toHaveLength(1);
  });

  it('that were registered later run too, and are taken away again', async () => {
    const takeAway = Second.before('save', () => log.push('later'));
    log = [];
    await Thing.create({ name: 'z' });
    expect(log).toContain('later');
    takeAway();
    log = [];
    await Thing.create({ name: 'z' });
    expect(log).not.toContain('later');
  });

  it('belong to the models that use them alone', async () => {
    class Other extends BaseModel.with({ id: column.id() }) {}
    await createAll([Other]);
    log = [];
    await Other.create({});
    expect(log).toEqual([]);
    await dropAll([Other]);
  });
});
