/** Records in the comparisons of a test runner. */
import { BaseModel, column, connect, createAll, disconnect, hasMany } from 'active-record-ts';
import { equalRecords } from 'active-record-ts/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class User extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  settings: column.json<{ theme: string }>().nullable(),
  bornAt: column.datetime().nullable(),
  get posts() {
    return hasMany(Post, { foreignKey: 'userId' });
  },
}) {}
class Post extends BaseModel.with({ id: column.id(), name: column.string(), userId: column.integer().nullable() }) {}

describeEachDatabase('records that are compared', (database) => {
  beforeAll(async () => {
    expect.addEqualityTesters([equalRecords]);
    await connect(database.url);
    await createAll([User, Post]);
  });
  afterAll(async () => {
    await disconnect();
  });

  it('are equal by what they hold, however they came to it', async () => {
    const ada = await User.create({
      name: 'Ada',
      settings: { theme: 'dark' },
      bornAt: new Date('1815-12-10T00:00:00Z'),
    });
    const found = await User.includes('posts').find(ada.id);
    expect(found).toEqual(ada);
    expect({ users: [found] }).toEqual({ users: [await User.findBy({ name: 'Ada' })] });
    found.settings = { theme: 'light' };
    expect(found).not.toEqual(ada);
    expect(await Post.create('Ada')).not.toEqual(await Post.create('Ada'));
    expect(new Post({ name: 'Ada' })).not.toEqual(new User({ name: 'Ada' }));
    expect(ada).not.toEqual({ ...ada.toJSON() });
    expect(equalRecords(1, 1)).toBeUndefined();
  });
});
