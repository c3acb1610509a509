import {
  BaseModel,
  belongsTo,
  column,
  delegatedType,
  hasMany,
  hasOne,
  InvalidDefinition,
  InvalidQuery,
  type Query,
  RecordInvalid,
  transaction,
  type Validations,
} from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';

class Board extends BaseModel.with({
  id: column.id(),
  get entries() {
    return hasMany(Entry, { dependent: 'destroy' });
  },
}) {}
class Entry extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  entryableId: column.integer(),
  entryableType: column.string(40),
  boardId: column.references('boards').nullable(),
  get entryable() {
    return delegatedType([Message, Comment]);
  },
  get board() {
    return belongsTo(Board, { optional: true });
  },
}) {
  static scopes = { messages: (entries: Query<typeof Entry>) => entries.whereType('entryable', Message) };
}
class Message extends BaseModel.with({
  id: column.id(),
  body: column.string(),
  get entry() {
    return hasOne(Entry, { as: 'entryable', dependent: 'destroy' });
  },
}) {
  static validations = { body: { presence: true } } satisfies Validations<typeof Message>;
}
class Comment extends BaseModel.with({ id: column.id(), text: column.string() }) {}
class Stranger extends BaseModel.with({ id: column.id(), odd: column.boolean() }) {}
class Keeping extends BaseModel.with({
  id: column.id(),
  entryableId: column.integer(),
  entryableType: column.string(40),
  get entryable() {
    return delegatedType([Message, Comment], { dependent: false });
  },
}) {
  static override tableName = 'keepings';
}

describeModels('delegated types', [Board, Entry, Message, Comment, Keeping], () => {
  emptyBeforeEach('keepings', 'entries', 'messages', 'comments', 'boards');

  const make = async () => {
    const message = await Entry.create({ title: 'one', entryable: new Message({ body: 'x' }) });
    const comment = await Entry.create({ title: 'two', entryable: new Comment({ text: 'y' }) });
    return { message, comment };
  };

  it('are saved with their record', async () => {
    const { message } = await make();
    expect(await Message.pluck('body')).toEqual(['x']);
    expect(message.entryableType).toBe('message');
    const delegate = await message.entryable.as(Message);
    if (delegate === null) throw new Error('no message');
    delegate.body = 'changed';
    await message.save();
    expect(await Message.pluck('body')).toEqual(['changed']);
  });

  it('are valid together', async () => {
    const error = await errorOf(() => Entry.create({ title: 'one', entryable: new Message({ body: '' }) }));
    expect(error).toBeInstanceOf(RecordInvalid);
    expect([await Entry.count(), await Message.count()]).toEqual([0, 0]);
  });

  it('tell their kind without a query', async () => {
    await make();
    const [one, two] = await Entry.order('id');
    const statements = await statementsOf(async () => {
      expect([one?.entryable.is(Message), one?.entryable.is(Comment)]).toEqual([true, false]);
      expect(await two?.entryable.as(Message)).toBeNull();
    });
    expect(statements).toEqual([]);
    expect((await one?.entryable.as(Message))?.body).toBe('x');
    expect((await two?.entryable.as(Comment))?.text).toBe('y');
  });

  it('tell the kind of a record that is new', () => {
    const entry = new Entry({ title: 'x', entryable: new Comment({ text: 'y' }) });
    expect(entry.entryableType).toBe('comment');
  });

  it('are asked for by their kind', async () => {
    const { message } = await make();
    const board = await Board.create({});
    await message.update({ board });
    expect(await Entry.whereType('entryable', Message).pluck('title')).toEqual(['one']);
    expect(await Entry.whereType('entryable', [Message, Comment]).count()).toBe(2);
    expect(await Entry.all().messages().pluck('title')).toEqual(['one']);
    expect(await board.entries.whereType('entryable', Comment).count()).toBe(0);
    expect(await Board.whereHas('entries', (entries) => entries.messages()).count()).toBe(1);
  });

  it('are loaded with their records, one statement for each kind', async () => {
    await make();
    let entries: Awaited<ReturnType<typeof load>> = [];
    const load = () => Entry.includes('entryable').order('id');
    expect(await statementsOf(async () => (entries = await load()))).toHaveLength(3);
    expect(entries.map((entry) => entry.entryable.value.constructor)).toEqual([Message, Comment]);
  });

  it('are destroyed with their record', async () => {
    const { message, comment } = await make();
    await message.destroy();
    expect([await Entry.count(), await Message.count(), await Comment.count()]).toEqual([1, 0, 1]);
    const board = await Board.create({});
    await comment.update({ board });
    await board.destroy();
    expect([await Entry.count(), await Comment.count()]).toEqual([0, 0]);
  });

  it('are destroyed once where each destroys the other', async () => {
    const { message } = await make();
    const delegate = await message.entryable.as(Message);
    await delegate?.destroy();
    expect([await Entry.pluck('title'), await Message.count()]).toEqual([['two'], 0]);
  });

  it('stay with { dependent: false }', async () => {
    const keeping = await Keeping.create({ entryable: new Message({ body: 'x' }) });
    await keeping.destroy();
    expect(await Message.count()).toBe(1);
  });

  it('stay where the transaction is rolled back', async () => {
    const { message } = await make();
    await transaction(async (): Promise<void> => {
      await message.destroy();
      throw new Error('no');
    }).catch(() => undefined);
    expect([await Entry.count(), await Message.count(), message.isDestroyed]).toEqual([2, 1, false]);
  });

  it('refuse other models', async () => {
    const { message } = await make();
    const wrong: readonly (() => unknown)[] = [
      () => Reflect.apply(message.entryable.is, message.entryable, [Stranger]),
      () => Reflect.apply(message.entryable.as, message.entryable, [undefined]),
      () => Reflect.apply(Entry.whereType, Entry, ['entryable', Stranger]),
      () => Reflect.apply(Entry.whereType, Entry, ['board', Board]),
      () => Reflect.apply(Entry.whereType, Entry, ['entryable', []]),
      () => message.board.is(Board),
    ];
    for (const each of wrong) expect(await errorBeforeSending(each)).toBeInstanceOf(InvalidQuery);
    expect((await errorOf(wrong[0] ?? (() => undefined))).message).toContain(
      'Entry.entryable does not lead to Stranger. It leads to Message, Comment.',
    );
  });
});

describe('delegatedType', () => {
  it.each([
    ['no list', () => Reflect.apply(delegatedType, undefined, [Message])],
    ['an unknown option', () => Reflect.apply(delegatedType, undefined, [[Message], { autosav: true }])],
    ['another dependent', () => Reflect.apply(delegatedType, undefined, [[Message], { dependent: 'nullify' }])],
  ])('refuses %s', async (_, run) => {
    expect(await errorOf(run)).toBeInstanceOf(InvalidDefinition);
  });
});
