import { BaseModel, column, connections, sql } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, errorOf } from '../support/models.ts';

let made = 0;
const shared = { theme: 'dark', tabs: ['home'] };
const moment = new Date('2026-01-01T00:00:00.000Z');
const bytes = new Uint8Array([1, 2, 3]);

class Preset extends BaseModel.with({
  id: column.id(),
  name: column.string().nullable(),
  words: column.string().default('it\'s \\ "here"'),
  body: column.text().default('long'),
  count: column.integer().default(0),
  big: column.bigint().default(2n ** 53n + 1n),
  price: column.decimal(12, 2).default('1.5'),
  ratio: column.double().default(-0.25),
  single: column.float().default(0.1),
  active: column.boolean().default(true),
  day: column.date().default('2024-02-29'),
  at: column.datetime().default(moment),
  settings: column.json<{ theme: string; tabs: string[] }>().default(shared),
  raw: column.binary(10).default(bytes),
  role: column.enum(['admin', 'member']).default('member'),
  token: column.uuid().default('018f3a5e-7c1b-7def-8123-456789abcdef'),
  serial: column.integer().default(() => ++made),
  tags: column.json<string[]>().default(() => []),
  nothing: column.integer().nullable().default(null),
}) {}

class Photo extends BaseModel.with({ id: column.uuid().primaryKey(), url: column.string() }) {}
class Album extends BaseModel.with({
  photoId: column.uuid().references('photos', { onDelete: 'cascade' }).primaryKey(),
  title: column.string(),
}) {}
class Entry extends BaseModel.with({
  id: column.id(),
  albumId: column.uuid().references('albums', { column: 'photoId' }).nullable(),
  parentId: column.references('entries').nullable(),
}) {}

describeModels('defaults, keys and references', [Entry, Album, Photo, Preset], () => {
  const declared = {
    name: null,
    words: 'it\'s \\ "here"',
    body: 'long',
    count: 0,
    big: 2n ** 53n + 1n,
    price: '1.50',
    ratio: -0.25,
    single: 0.1,
    active: true,
    day: '2024-02-29',
    at: moment,
    settings: shared,
    raw: bytes,
    role: 'member',
    token: '018f3a5e-7c1b-7def-8123-456789abcdef',
    tags: [],
    nothing: null,
  };

  it('stand in a new record, are saved, and are read back', async () => {
    const record = new Preset();
    expect(record.attributes).toMatchObject({ ...declared, id: null });
    expect(record.changed).toEqual([]);
    await record.save();
    const found = await Preset.find(record.id);
    expect(found.attributes).toEqual(record.attributes);
  });

  it('call a function for each record', () => {
    const [first, second] = [new Preset(), new Preset()];
    expect(second.serial).toBe(first.serial + 1);
    first.tags.push('x');
    expect(second.tags).toEqual([]);
  });

  it('give each record objects of its own', () => {
    const record = new Preset();
    record.settings.tabs.push('more');
    record.settings.theme = 'light';
    record.at.setUTCFullYear(1999);
    record.raw[0] = 99;
    const next = new Preset();
    expect([next.settings, next.at, next.raw]).toEqual([{ theme: 'dark', tabs: ['home'] }, moment, bytes]);
    expect(shared).toEqual({ theme: 'dark', tabs: ['home'] });
  });

  it('give way to what is given, null included', async () => {
    const record = await Preset.create({ count: 5, settings: { theme: 'light', tabs: [] }, nothing: 1 });
    expect([record.count, record.settings.theme, record.nothing]).toEqual([5, 'light', 1]);
    expect((await errorOf(() => Preset.create(JSON.parse('{"count":null}')))).code).toBe('AR_RECORD_INVALID');
  });

  it('are filled in by insertAll, for each row anew', async () => {
    const before = made;
    await Preset.insertAll([{ name: 'bulk' }, { name: 'bulk', count: 9 }, { name: 'bulk' }]);
    const rows = await Preset.where({ name: 'bulk' }).order('id');
    expect(rows.map((row) => row.serial)).toEqual([before + 1, before + 2, before + 3]);
    expect(rows.map((row) => row.count)).toEqual([0, 9, 0]);
    expect(rows[0]?.attributes).toMatchObject({ ...declared, name: 'bulk' });
  });

  it('that are constants are defaults of the database too', async () => {
    await connections.get().execute(sql`INSERT INTO presets (name, serial, tags) VALUES ('raw', 1, '[]')`);
    const record = await Preset.findBy({ name: 'raw' });
    expect(record?.attributes).toMatchObject({ ...declared, name: 'raw' });
  });

  it('of the database are left to it by a model without a definition, unless null is given', async () => {
    class Found extends BaseModel {
      static override tableName = 'presets';
      declare name: string;
      declare serial: number;
      declare tags: string[];
      declare count: number | null;
    }
    const record = await Found.create({ name: 'bare', serial: 1, tags: [] });
    expect(record.attributes).toMatchObject({ count: 0, words: declared.words, price: '1.50', role: 'member' });
    expect(record.changed).toEqual([]);
    expect(record.previousChanges.count).toEqual([null, 0]);
    const error = await errorOf(() => Found.create({ name: 'bare', serial: 1, tags: [], count: null }));
    expect(error.code).toBe('AR_RECORD_INVALID');
  });

  it('make a uuid of version 7 for a key, in order of time', async () => {
    const photos = [await Photo.create({ url: 'a' }), await Photo.create({ url: 'b' })];
    for (const { id } of photos)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...photos.map((photo) => photo.id)].sort()).toEqual(photos.map((photo) => photo.id));
    const given = await Photo.create({ id: '018F3A5E-7C1B-7DEF-8123-456789ABCDEF', url: 'c' });
    expect(given.id).toBe('018f3a5e-7c1b-7def-8123-456789abcdef');
    expect((await Photo.find(given.id.toUpperCase())).url).toBe('c');
    expect((await Photo.insertAll([{ url: 'bulk' }, { url: 'bulk' }])).count).toBe(2);
    expect(new Set(await Photo.where({ url: 'bulk' }).ids()).size).toBe(2);
  });

  it('make a uuid key through a model without a definition too', async () => {
    class Found extends BaseModel {
      static override tableName = 'photos';
      declare id: string;
      declare url: string;
    }
    const { id } = await Found.create({ url: 'bare' });
    expect((await Photo.find(id)).url).toBe('bare');
  });

  it('make no key that refers to another row', async () => {
    const error = await errorOf(() => Album.create({ title: 'none' }));
    expect([error.code, error.message]).toEqual(['AR_RECORD_INVALID', "Album was not saved: Photo id can't be blank."]);
    const photo = await Photo.create({ url: 'cover' });
    const album = await Album.create({ photoId: photo.id, title: 'one' });
    const entry = await Entry.create({ albumId: album.photoId });
    expect(await Entry.where({ albumId: photo.id }).ids()).toEqual([entry.id]);
    const child = await Entry.create({ parentId: entry.id });
    expect(await Entry.where({ parentId: entry.id }).ids()).toEqual([child.id]);
  });
});
