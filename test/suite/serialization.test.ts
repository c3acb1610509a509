import { BaseModel, belongsTo, column, hasMany, hasOne, serialize, sql } from 'active-record-ts';
import { describe, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorOf, statementsOf } from '../support/models.ts';

class Singer extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  token: column.string().nullable(),
  secret: column.string().nullable().sensitive(),
  plays: column.bigint().nullable(),
  fee: column.decimal(10, 2).nullable(),
  born: column.datetime().nullable(),
  photo: column.binary().nullable(),
  exact: column.json<unknown>({ exact: true }).nullable(),
  get songs() {
    return hasMany(Song, { order: 'id' });
  },
  get label() {
    return hasOne(Label);
  },
}) {
  static hidden: readonly string[] = ['token'];
  nick: unknown = undefined;
  get initial() {
    return this.name.slice(0, 1);
  }
  greet() {
    return `Hi ${this.name}`;
  }
  huge() {
    return { plays: [2n ** 60n] };
  }
  call(other: string) {
    return other;
  }
  async later() {
    return this.name;
  }
  async fails() {
    throw new Error('late');
  }
}
class Tenor extends Singer {
  static override tableName = 'singers';
  static override hidden = ['plays'];
}
class Song extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  singerId: column.references('singers').nullable(),
  get singer() {
    return belongsTo(Singer, { optional: true });
  },
}) {
  loud() {
    return this.title.toUpperCase();
  }
}
class Label extends BaseModel.with({ id: column.id(), name: column.string(), singerId: column.references('singers') }) {
  override toJSON() {
    return { label: this.name };
  }
}

/** As programs without types call it. */
const json = (record: BaseModel, options: unknown): Record<string, unknown> =>
  Reflect.apply(record.toJSON, record, [options]) as Record<string, unknown>;
const text = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const ada = () => new Singer({ id: 1, name: 'Ada', token: 't', secret: 's' });

describe('toJSON', () => {
  it('is called by JSON.stringify with a key', () => {
    const record = ada();
    const plain = text(record);
    expect(plain).toMatchObject({ id: 1, name: 'Ada' });
    expect(text({ singer: record, list: [record] })).toEqual({ singer: plain, list: [plain] });
  });

  it('leaves out what is hidden, and what is sensitive', () => {
    expect(ada().toJSON()).not.toHaveProperty('token');
    expect(ada().toJSON()).not.toHaveProperty('secret');
    expect(ada().toJSON({ except: ['id'] })).not.toHaveProperty('token');
  });

  it('gives what is hidden where only names it, and what is sensitive never', () => {
    expect(ada().toJSON({ only: ['name', 'token', 'secret'] })).toEqual({ name: 'Ada', token: 't' });
  });

  it('hides in a class what the one above hides', () => {
    const tenor = new Tenor({ name: 'Bob', token: 't', plays: 1n });
    expect(Object.keys(tenor.toJSON())).toEqual(['id', 'name', 'fee', 'born', 'photo', 'exact']);
    expect(ada().toJSON()).toHaveProperty('plays');
  });

  it('takes an alias for its attribute, also of what is to be hidden', () => {
    class Baritone extends Singer.with({ pass: column.alias('token'), title: column.alias('name') }) {
      static override tableName = 'singers';
    }
    class Bass extends Baritone {
      static hidden = ['title'];
    }
    const given = { name: 'Bob', token: 't', secret: 's' };
    expect(json(new Baritone(given), { except: ['title'] })).not.toHaveProperty('name');
    expect(json(new Baritone(given), { only: ['title', 'pass'] })).toEqual({ title: 'Bob', pass: 't' });
    expect(new Bass(given).toJSON()).not.toHaveProperty('name');
  });

  it('refuses to hide what is no attribute', async () => {
    class Wrong extends Singer {
      static override hidden = ['tokn'];
    }
    class NoList extends Singer {}
    Reflect.set(NoList, 'hidden', 'token');
    const error = await errorOf(() => new Wrong().toJSON());
    expect(error).toMatchObject({ code: 'AR_DEFINITION_INVALID' });
    expect(error.message).toBe('Wrong hides "tokn", which is no attribute of it. Did you mean "token"?');
    expect(await errorOf(() => new NoList().toJSON())).toMatchObject({ code: 'AR_DEFINITION_INVALID' });
  });

  it('gives methods and getters of the class', () => {
    const record = ada();
    record.nick = 'A';
    expect(record.toJSON({ only: [], methods: ['greet', 'initial', 'nick'] })).toEqual({
      greet: 'Hi Ada',
      initial: 'A',
      nick: 'A',
    });
    expect(record.toJSON({ only: [], methods: ['huge'] })).toEqual({ huge: { plays: [String(2n ** 60n)] } });
  });

  it.each([
    ['one that there is not', 'great', /Singer has no method or getter "great"\. Did you mean "greet"\?/],
    ['one with arguments', 'call', /Singer\.call takes arguments/],
    ['one that gives a promise', 'later', /Singer\.later gives a promise/],
    ['one that rejects', 'fails', /Singer\.fails gives a promise/],
    ['what every record has', 'destroy', /does not call "destroy"/],
    ['what every object has', 'toString', /does not call "toString"/],
    ['an attribute', 'secret', /Singer\.secret is an attribute/],
    ['an association', 'songs', /Singer\.songs is an association/],
  ])('refuses for a method %s', async (_, name, message) => {
    const error = await errorOf(() => json(ada(), { methods: [name] }));
    expect(error).toMatchObject({ code: 'AR_QUERY_INVALID' });
    expect(error.message).toMatch(message);
  });

  it.each([
    ['an unknown option', { onyl: [] }, 'AR_QUERY_INVALID', /Did you mean "only"/],
    ['an unknown attribute', { only: ['nmae'] }, 'AR_ATTRIBUTE_UNKNOWN', /Did you mean "name"/],
    ['an unknown attribute to leave out', { except: ['nmae'] }, 'AR_ATTRIBUTE_UNKNOWN', /Did you mean "name"/],
    ['an association for an attribute', { only: ['songs'] }, 'AR_QUERY_INVALID', /include: 'songs'/],
    ['an unknown association', { include: 'song' }, 'AR_ASSOCIATION_UNKNOWN', /Did you mean "songs"/],
    ['only and except', { only: ['id'], except: ['id'] }, 'AR_QUERY_INVALID', /either only or except/],
    ['a name that is no list', { only: 'name' }, 'AR_QUERY_INVALID', /only of toJSON takes a list/],
    ['an association twice', { include: ['songs', { songs: true }] }, 'AR_QUERY_INVALID', /"songs" twice/],
    ['a number to include', { include: 1 }, 'AR_QUERY_INVALID', /takes names of associations/],
    ['text for options further in', { include: { songs: 'singer' } }, 'AR_QUERY_INVALID', /include: 'comments'/],
    ['a list for options', ['name'], 'AR_QUERY_INVALID', /takes an object of options, not an array/],
    ['null', null, 'AR_QUERY_INVALID', /takes an object of options, not null/],
  ])('refuses %s', async (_, options, code, message) => {
    const error = await errorOf(() => json(ada(), options));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  it('refuses options that contain themselves', async () => {
    const circle: Record<string, unknown> = {};
    circle.include = { songs: circle };
    expect((await errorOf(() => json(ada(), circle))).message).toMatch(/nested more than 32 deep/);
  });

  it('refuses a document that contains itself', async () => {
    const record = ada();
    record.exact = { list: [1] };
    const document = record.exact as { list: unknown[] };
    document.list.push(document);
    const error = await errorOf(() => record.toJSON());
    expect(error).toMatchObject({ code: 'AR_VALUE_INVALID' });
    expect(error.message).toMatch(/^The value of Singer\.exact contains itself/);
  });

  it('leaves documents as they are', () => {
    const record = ada();
    const inner = { at: new Date(0), n: 2n ** 60n, deep: [{ n: 1 }], ['__proto__']: 1 };
    record.exact = inner;
    expect(text(record.toJSON({ only: ['exact'] }))).toEqual({
      exact: { at: '1970-01-01T00:00:00.000Z', n: String(2n ** 60n), deep: [{ n: 1 }], ['__proto__']: 1 },
    });
    expect((record.exact as typeof inner).n).toBe(2n ** 60n);
  });
});

describe('serialize', () => {
  it('refuses what is no list of records', async () => {
    expect((await errorOf(() => serialize(ada() as never))).message).toMatch(/takes a list of records/);
    expect((await errorOf(() => serialize([1] as never))).message).toMatch(/takes records, not the number 1/);
  });
});

describeModels('JSON', [Singer, Song, Label], () => {
  emptyBeforeEach('labels', 'songs', 'singers');
  const made = async () => {
    const singer = await Singer.create({ name: 'Ada', token: 't', secret: 's' });
    await singer.songs.create({ title: 'One' });
    await singer.songs.create({ title: 'Two' });
    return singer;
  };

  it('has exact values', async () => {
    const values = {
      plays: 2n ** 60n,
      fee: '12.50',
      born: new Date('2026-01-02T03:04:05.006Z'),
      photo: new Uint8Array([1, 2, 255]),
      exact: { n: 2n ** 60n, list: [2n ** 61n] },
    };
    const singer = await (await Singer.create({ name: 'Ada', ...values })).reload();
    expect(text(singer)).toEqual({
      id: singer.id,
      name: 'Ada',
      plays: '1152921504606846976',
      fee: '12.50',
      born: '2026-01-02T03:04:05.006Z',
      photo: 'AQL/',
      exact: { n: '1152921504606846976', list: ['2305843009213693952'] },
    });
  });

  it('has associations that are loaded, and sends nothing', async () => {
    await made();
    const singer = await Singer.includes('songs', 'label').firstOrFail();
    const sent = await statementsOf(() => {
      expect(singer.toJSON({ only: ['name'], include: ['songs', 'label'] })).toEqual({
        name: 'Ada',
        songs: [
          { id: expect.any(Number), title: 'One', singerId: singer.id },
          { id: expect.any(Number), title: 'Two', singerId: singer.id },
        ],
        label: null,
      });
    });
    expect(sent).toEqual([]);
  });

  it('has associations further in, with options of their own', async () => {
    await made();
    const song = await Song.includes({ singer: 'songs' }).order('id').firstOrFail();
    const options = {
      only: ['title'],
      include: { singer: { only: ['name'], methods: ['greet'], include: {} } },
    } as const;
    expect(song.toJSON(options)).toEqual({ title: 'One', singer: { name: 'Ada', greet: 'Hi Ada' } });
    expect(
      song.toJSON({ only: [], include: { singer: { only: [], include: { songs: { only: [], methods: ['loud'] } } } } }),
    ).toEqual({ singer: { songs: [{ loud: 'ONE' }, { loud: 'TWO' }] } });
    // Nested records hide what their own class hides.
    expect(song.toJSON({ only: [], include: 'singer' }).singer).not.toHaveProperty('token');
  });

  it('refuses an association that is not loaded, with the mend', async () => {
    const singer = await Singer.find((await made()).id);
    const error = await errorOf(() => singer.toJSON({ include: 'songs' }));
    expect(error).toMatchObject({ code: 'AR_NOT_LOADED' });
    expect(error.message).toBe(
      "Singer.songs was read (JSON) before it was loaded. Await it first, or load it with the records: includes('songs').",
    );
    await singer.songs;
    expect(singer.toJSON({ include: 'songs' }).songs).toHaveLength(2);
    const deep = await errorOf(() =>
      singer.toJSON({ include: { songs: { include: { singer: { include: 'label' } } } } }),
    );
    expect(deep.message).toMatch(/^Singer\.label was read/);
  });

  it('has null for a record that there is not, and those that are not saved', async () => {
    const song = await Song.create({ title: 'One' });
    await song.singer;
    expect(song.toJSON({ only: [], include: 'singer' })).toEqual({ singer: null });
    const singer = new Singer({ name: 'Bob', songs: [new Song({ title: 'New' })] });
    expect(singer.toJSON({ only: [], include: { songs: { only: ['title'] } } })).toEqual({ songs: [{ title: 'New' }] });
  });

  it('asks the toJSON of the class of an associated record', async () => {
    const singer = await made();
    await Label.create({ name: 'Blue', singerId: singer.id });
    await singer.label;
    expect(singer.toJSON({ only: [], include: { label: { only: ['id'] } } })).toEqual({ label: { label: 'Blue' } });
  });

  it('refuses an attribute that was not selected only where it is named', async () => {
    await made();
    const singer = await Singer.select('id').firstOrFail();
    expect(singer.toJSON()).toEqual({ id: singer.id });
    expect(await errorOf(() => json(singer, { only: ['name'] }))).toMatchObject({ code: 'AR_ATTRIBUTE_MISSING' });
  });

  it('has what was selected beside the attributes', async () => {
    await made();
    const singer = await Singer.select('name', { upper: sql<string>`UPPER(name)` }).firstOrFail();
    expect(singer.toJSON()).toEqual({ name: 'Ada', upper: 'ADA' });
    expect(json(singer, { only: ['upper'] })).toEqual({ upper: 'ADA' });
    expect(json(singer, { except: ['upper'] })).toEqual({ name: 'Ada' });
  });

  it('is made of collections and lists too', async () => {
    await made();
    const singers = await Singer.includes('songs');
    const songs = [{ title: 'One' }, { title: 'Two' }];
    expect(singers[0]?.songs.toJSON({ only: ['title'] })).toEqual(songs);
    expect(text(singers[0]?.songs)).toMatchObject(songs);
    expect(serialize(singers, { only: ['name'], include: { songs: { only: ['title'] } } })).toEqual([
      { name: 'Ada', songs },
    ]);
    expect(serialize(singers[0]?.songs ?? [], { only: ['title'] })).toEqual(songs);
    expect(serialize([])).toEqual([]);
    expect(text(serialize(singers))).toEqual(text(singers));
  });
});
