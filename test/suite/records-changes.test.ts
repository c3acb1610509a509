import { BaseModel, column } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, errorOf, statementsOf } from '../support/models.ts';

class Note extends BaseModel.with({
  id: column.id(),
  title: column.string().default('untitled'),
  count: column.integer().nullable(),
  big: column.bigint().nullable(),
  price: column.decimal(10, 2).nullable(),
  flag: column.boolean().nullable(),
  data: column.json<{ tags: string[]; n?: number }>().nullable(),
  at: column.datetime().nullable(),
  bytes: column.binary().nullable(),
}) {}

const full = () => ({
  title: 'one',
  count: 1,
  big: 1n,
  price: '1.00',
  flag: true,
  data: { tags: ['a'] },
  at: new Date(0),
  bytes: new Uint8Array([1, 2]),
});
const others = {
  title: 'two',
  count: 2,
  big: 2n,
  price: '2.00',
  flag: false,
  data: { tags: ['b'] },
  at: new Date(1),
  bytes: new Uint8Array([3]),
};
type Name = keyof typeof others;
const names = Object.keys(others) as Name[];

describeModels('changes of a record', [Note], () => {
  const loaded = async () => Note.find((await Note.create(full())).id);

  it.each(names)('of %s are seen, told with the value before, taken back and saved', async (name) => {
    const note = await loaded();
    expect([note.changed, note.changes, note.hasChanged()]).toEqual([[], {}, false]);
    Object.assign(note, { [name]: others[name] });
    expect(note.changed).toEqual([name]);
    expect(note.hasChanged(name)).toBe(true);
    expect(note.changes).toEqual({ [name]: [full()[name], others[name]] });
    expect(note.attributeWas(name)).toEqual(full()[name]);
    Object.assign(note, { [name]: full()[name] });
    expect([note.changed, note.hasChanged(name)], 'changed back').toEqual([[], false]);
    Object.assign(note, { [name]: null });
    expect(note.changes).toEqual({ [name]: [full()[name], null] });
    note.restoreAttributes();
    expect([note[name], note.changed]).toEqual([full()[name], []]);
    Object.assign(note, { [name]: others[name] });
    await note.save();
    expect([note.changed, note.previousChanges]).toEqual([[], { [name]: [full()[name], others[name]] }]);
    expect(note.attributeWas(name)).toEqual(others[name]);
    expect((await Note.find(note.id))[name]).toEqual(others[name]);
  });

  it('in place are seen in JSON, Dates and bytes', async () => {
    const note = await loaded();
    note.data?.tags.push('b');
    note.at?.setUTCFullYear(1999);
    if (note.bytes !== null) note.bytes[0] = 9;
    expect(note.changed).toEqual(['data', 'at', 'bytes']);
    expect(note.changes.data).toEqual([{ tags: ['a'] }, { tags: ['a', 'b'] }]);
    expect(note.changes.bytes).toEqual([new Uint8Array([1, 2]), new Uint8Array([9, 2])]);
    await note.save();
    expect(note.changed).toEqual([]);
    expect((await Note.find(note.id)).attributes).toEqual(note.attributes);
    note.data?.tags.push('c');
    expect(note.changed, 'again after the save').toEqual(['data']);
    note.restoreAttributes(['data']);
    expect(note.data).toEqual({ tags: ['a', 'b'] });
  });

  it('in place that are taken back are no changes', async () => {
    const note = await loaded();
    note.data?.tags.push('b');
    note.data?.tags.pop();
    note.at?.setTime(5);
    note.at?.setTime(0);
    expect(note.changed).toEqual([]);
    expect(await statementsOf(() => note.save())).toEqual([]);
  });

  it('do not come from reading, from the order of keys, or from undefined properties', async () => {
    const note = await Note.find((await Note.create({ data: { tags: [], n: 1 } })).id);
    void note.attributes;
    JSON.stringify(note);
    note.data = { n: 1, tags: [] };
    expect(note.changed).toEqual([]);
    Object.assign(note.data, { gone: undefined });
    expect(note.changed).toEqual([]);
  });

  it('of a new record are what differs from the defaults', async () => {
    const note = new Note({ title: 'untitled', count: 5 });
    expect(note.changes).toEqual({ count: [null, 5] });
    note.title = 'other';
    expect(note.attributeWas('title')).toBe('untitled');
    note.restoreAttributes();
    expect([note.title, note.count, note.changed]).toEqual(['untitled', null, []]);
    note.assign({ count: 6, data: { tags: ['x'] } });
    await note.save();
    expect(note.previousChanges).toEqual({ id: [null, note.id], count: [null, 6], data: [null, { tags: ['x'] }] });
    expect(note.changed).toEqual([]);
  });

  it('of the last save only are told, and cannot be written to', async () => {
    const note = await loaded();
    expect(note.previousChanges).toEqual({});
    await note.update({ count: 2 });
    await note.update({ title: 'x' });
    expect(note.previousChanges).toEqual({ title: ['one', 'x'] });
    expect(Object.isFrozen(note.previousChanges)).toBe(true);
    await note.save();
    expect(note.previousChanges).toEqual({});
  });

  it('of some attributes are taken back, and unknown names are errors', async () => {
    const note = await loaded();
    note.assign({ title: 'x', count: 9 });
    note.restoreAttributes(['title']);
    expect(note.changes).toEqual({ count: [1, 9] });
    const error = await errorOf(() => note.restoreAttributes(['titel']));
    expect([error.code, error.hint]).toEqual(['AR_ATTRIBUTE_UNKNOWN', expect.stringContaining('title')]);
    expect((await errorOf(() => note.hasChanged('titel'))).code).toBe('AR_ATTRIBUTE_UNKNOWN');
  });

  it('to attributes that were not selected are always saved', async () => {
    const { id } = await Note.create(full());
    const partial = (await Note.select('id').find(id)) as unknown as Note;
    partial.assign({ count: null, data: null });
    expect(partial.changed).toEqual(['count', 'data']);
    await partial.save();
    const found = await Note.find(id);
    expect([found.count, found.data, found.title]).toEqual([null, null, 'one']);
    partial.title = 'given';
    partial.restoreAttributes();
    expect((await errorOf(() => partial.title)).code).toBe('AR_ATTRIBUTE_MISSING');
  });

  it('are still there after a save that failed', async () => {
    const note = await loaded();
    note.assign({ title: 'x'.repeat(256), count: 2 });
    await errorOf(() => note.save());
    expect(note.changed).toEqual(['title', 'count']);
    expect(note.attributeWas('title')).toBe('one');
    note.title = 'fits';
    await note.save();
    expect(note.previousChanges).toEqual({ title: ['one', 'fits'], count: [1, 2] });
  });
});
