/** touch: what a record belongs to gets the time of its changes, and so on upwards. */
import { beforeEach, expect, test } from 'vitest';
import { BaseModel, belongsTo, column, hasMany, InvalidDefinition, polymorphic, transaction } from '../../lib/index.ts';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

const times = column.timestamps();

class Forum extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  createdAt: times.createdAt,
  updatedAt: times.updatedAt,
  get topics() {
    return hasMany(Topic);
  },
}) {}
class Topic extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  forumId: column.references('forums'),
  repliesCount: column.integer().default(0),
  lastReplyAt: column.datetime().nullable(),
  createdAt: times.createdAt,
  updatedAt: times.updatedAt,
  get forum() {
    return belongsTo(Forum, { touch: true });
  },
  get replies() {
    return hasMany(Reply, { dependent: 'destroy' });
  },
}) {}
class Reply extends BaseModel.with({
  id: column.id(),
  text: column.string(),
  topicId: column.references('topics').nullable(),
  createdAt: times.createdAt,
  updatedAt: times.updatedAt,
  get topic() {
    return belongsTo(Topic, { touch: 'lastReplyAt', counterCache: true, optional: true });
  },
}) {}
/** Two that belong to each other. */
class Half extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  otherId: column.bigint().nullable(),
  createdAt: times.createdAt,
  updatedAt: times.updatedAt,
  get other() {
    return belongsTo(Half, { touch: true, optional: true });
  },
}) {}
class Mark extends BaseModel.with({
  id: column.id(),
  markedId: column.bigint(),
  markedType: column.string(),
  get marked() {
    return belongsTo(polymorphic([Forum, Topic]), { touch: true });
  },
}) {}
class Wrong extends BaseModel.with({
  id: column.id(),
  forumId: column.bigint(),
  get forum() {
    return belongsTo(Forum, { touch: 'name' });
  },
}) {}

const long = new Date('2020-01-01T00:00:00.000Z');
const updates = (statements: readonly string[]) => statements.filter((each) => each.startsWith('UPDATE'));

describeModels('touch', [Forum, Topic, Reply, Half, Mark, Wrong], () => {
  emptyBeforeEach('replies', 'topics', 'forums', 'halves', 'marks');
  let forum: Forum;
  let topic: Topic;
  beforeEach(async () => {
    forum = await Forum.create({ name: 'Forum' });
    topic = await Topic.create({ title: 'Topic', forumId: forum.id });
    await age();
  });
  const age = async () => {
    await Forum.updateAll({ updatedAt: long }, { everyRow: true });
    await Topic.updateAll({ updatedAt: long, lastReplyAt: null }, { everyRow: true });
  };
  const isFresh = async () => {
    const [again, above] = [await Topic.find(topic.id), await Forum.find(forum.id)];
    return [again.updatedAt > long, again.lastReplyAt !== null, above.updatedAt > long];
  };

  test('create, a change, touch and destroy; upwards too', async () => {
    const created = await statementsOf(() => Reply.create({ text: 'Yes', topicId: topic.id }));
    expect(updates(created)).toHaveLength(2);
    expect(await isFresh()).toEqual([true, true, true]);
    await age();
    const reply = await Reply.sole();
    await reply.update({ text: 'No' });
    expect(await isFresh()).toEqual([true, true, true]);
    await age();
    await reply.touch();
    expect(await isFresh()).toEqual([true, true, true]);
    await age();
    await reply.destroy();
    expect(await isFresh()).toEqual([true, true, true]);
    expect((await Topic.find(topic.id)).repliesCount).toBe(0);
  });

  test('a save without changes, and delete, touch nothing', async () => {
    const reply = await Reply.create({ text: 'Yes', topicId: topic.id });
    await age();
    expect(await statementsOf(() => reply.save())).toEqual([]);
    await reply.delete();
    expect(await isFresh()).toEqual([false, false, false]);
  });

  test('another owner: the old one and the new one', async () => {
    const reply = await Reply.create({ text: 'Yes', topicId: topic.id });
    const other = await Topic.create({ title: 'Other', forumId: (await Forum.create({ name: 'Other' })).id });
    await age();
    await reply.update({ topicId: other.id });
    expect(await isFresh()).toEqual([true, true, true]);
    expect((await Topic.find(other.id)).lastReplyAt).not.toBeNull();
    expect(await Forum.where({ updatedAt: long }).count()).toBe(0);
    expect(await Topic.order('id').pluck('repliesCount')).toEqual([0, 1]);
    await age();
    await reply.update({ topicId: null });
    expect((await Topic.find(other.id)).updatedAt > long).toBe(true);
    expect(await isFresh()).toEqual([false, false, false]);
  });

  test('the loaded owners get the moment, and are not changed', async () => {
    const reply = await Reply.create({ text: 'Yes', topicId: topic.id });
    await age();
    const again = await Reply.includes({ topic: 'forum' }).find(reply.id);
    const loaded = again.topic.value;
    const above = loaded?.forum.value;
    if (loaded === null || above === undefined) throw new Error('not loaded');
    loaded.title = 'Changed';
    await again.update({ text: 'No' });
    expect(loaded.updatedAt > long).toBe(true);
    expect(loaded.lastReplyAt).toEqual((await Topic.find(topic.id)).lastReplyAt);
    expect(above.updatedAt).toEqual((await Forum.find(forum.id)).updatedAt);
    expect(loaded.changed).toEqual(['title']);
    expect(above.changed).toEqual([]);
  });

  test('rolled back, in memory too', async () => {
    const reply = await Reply.create({ text: 'Yes', topicId: topic.id });
    await age();
    const loaded = await (await Reply.find(reply.id)).topic.load();
    await errorOf(() =>
      transaction(async () => {
        const again = await Reply.find(reply.id);
        again.topic.set(loaded);
        await again.update({ text: 'No' });
        throw new Error('no');
      }),
    );
    expect(loaded?.updatedAt).toEqual(long);
    expect(loaded?.changed).toEqual([]);
    expect(await isFresh()).toEqual([false, false, false]);
  });

  test('rows that belong to each other in a circle are touched once each', async () => {
    const one = await Half.create({ name: 'One' });
    const other = await Half.create({ name: 'Other', otherId: BigInt(one.id) });
    await one.updateColumns({ otherId: BigInt(other.id), updatedAt: long });
    const self = await Half.create({ name: 'Self' });
    await self.updateColumns({ otherId: BigInt(self.id) });
    await Half.updateAll({ updatedAt: long }, { everyRow: true });
    const again = await Half.find(other.id);
    expect(updates(await statementsOf(() => again.update({ name: 'Changed' })))).toHaveLength(2);
    expect((await Half.find(one.id)).updatedAt > long).toBe(true);
    expect((await Half.find(self.id)).updatedAt).toEqual(long);
    await (await Half.find(self.id)).update({ name: 'Changed' });
    expect((await Half.find(self.id)).updatedAt > long).toBe(true);
    await (await Half.find(one.id)).touch();
    await (await Half.find(one.id)).destroy();
  });

  test('polymorphic: by the kind, and upwards from there', async () => {
    await Mark.create({ markedId: BigInt(topic.id), markedType: 'topic' });
    expect(await isFresh()).toEqual([true, false, true]);
    await age();
    await Mark.create({ markedId: BigInt(forum.id), markedType: 'forum' });
    expect(await isFresh()).toEqual([false, false, true]);
  });

  test('destroyed with its owner, a record does not touch that', async () => {
    await Reply.create({ text: 'Yes', topicId: topic.id });
    await Reply.create({ text: 'No', topicId: topic.id });
    const statements = await statementsOf(() => topic.destroy());
    expect(updates(statements).filter((each) => /topics/.test(each))).toEqual([]);
    expect(updates(statements)).toHaveLength(1);
    expect((await Forum.find(forum.id)).updatedAt > long).toBe(true);
  });

  test('several at once in one transaction, and in several', async () => {
    await transaction(async () => {
      await Promise.all([1, 2, 3].map((n) => Reply.create({ text: String(n), topicId: topic.id })));
    });
    await Promise.all([4, 5, 6, 7, 8].map((n) => Reply.create({ text: String(n), topicId: topic.id })));
    expect((await Topic.find(topic.id)).repliesCount).toBe(8);
    const [replies, same, others] = [await Reply.all(), await Reply.all(), await Reply.all()];
    const outcomes = await Promise.allSettled([
      ...replies.map((reply) => reply.touch()),
      ...replies.map((reply) => reply.destroy()),
      ...same.map((reply) => reply.destroy()),
      ...others.map((reply) => reply.update({ text: 'changed' })),
    ]);
    const codes = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(codes.filter((code) => !['AR_RECORD_NOT_FOUND', 'AR_RECORD_DESTROYED'].includes(code))).toEqual([]);
    expect((await Topic.find(topic.id)).repliesCount).toBe(await Reply.count());
  });

  test('from below and from above at once: nobody waits for the other', async () => {
    const topics = await Promise.all([1, 2, 3].map((n) => Topic.create({ title: String(n), forumId: forum.id })));
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        topics.flatMap((each) => [
          Reply.create({ text: 'x', topicId: each.id }),
          each.update({ title: `${each.title}x` }),
          each.touch(),
          Reply.create({ text: 'y', topicId: each.id }),
        ]),
      );
    }
    expect(await Topic.where({ repliesCount: 6 }).count()).toBe(3);
  });

  test('what is no moment is an error of the definition', async () => {
    const error = await errorBeforeSending(() => Wrong.create({ forumId: BigInt(forum.id) }));
    expect(error).toBeInstanceOf(InvalidDefinition);
    expect(error.message).toContain('Forum.name');
  });
});
