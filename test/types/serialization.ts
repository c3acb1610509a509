import { BaseModel, belongsTo, column, hasMany, serialize } from 'active-record-ts';

// What must and what must not compile when records become JSON. The models refer to each other in circles.

export class Singer extends BaseModel.with({
  id: column.id(),
  name: column.string(),
  token: column.string().nullable(),
  get songs() {
    return hasMany(Song);
  },
}) {
  static hidden = ['token'] as const;
  nick = '';
  get initial() {
    return this.name.slice(0, 1);
  }
  greet() {
    return `Hi ${this.name}`;
  }
  call(other: string) {
    return `Hi ${other}`;
  }
  async later() {
    return this.name;
  }
  card() {
    return { ...this.toJSON({ only: ['name'], include: { songs: { methods: ['loud'] } } }), greet: this.greet() };
  }
}
export class Song extends BaseModel.with({
  id: column.id(),
  title: column.string(),
  singerId: column.references('singers'),
  get singer() {
    return belongsTo(Singer);
  },
}) {
  loud() {
    return this.title.toUpperCase();
  }
  page() {
    return this.toJSON({ include: { singer: { methods: ['greet'], include: 'songs' } } });
  }
}
class Answer extends BaseModel.with({ id: column.id(), text: column.string() }) {
  override toJSON() {
    return { ...super.toJSON({ only: ['text'] }), kind: 'answer' };
  }
}
class Bare extends BaseModel {}

declare const singer: Singer;
declare const song: Song;
singer.toJSON();
singer.toJSON({ only: ['id', 'name'], include: 'songs' });
singer.toJSON({ except: ['id'], methods: ['greet', 'initial', 'nick'], include: ['songs'] });
song.toJSON({ include: { singer: { only: ['name'], include: { songs: { except: ['id'], methods: ['loud'] } } } } });
song.toJSON({ include: ['singer'] });
const kind: string = new Answer().toJSON().kind;
new Bare().toJSON({ only: ['anything'] });
const value: string = singer.card().greet;

export { kind, value };

// @ts-expect-error
singer.toJSON({ only: ['nmae'] });
// @ts-expect-error
singer.toJSON({ only: ['songs'] });
// @ts-expect-error
singer.toJSON({ except: ['nmae'] });
// @ts-expect-error
singer.toJSON({ methods: ['great'] });
// @ts-expect-error it takes an argument
singer.toJSON({ methods: ['call'] });
// @ts-expect-error it gives a promise
singer.toJSON({ methods: ['later'] });
// @ts-expect-error
singer.toJSON({ methods: ['destroy'] });
// @ts-expect-error
singer.toJSON({ methods: ['songs'] });
// @ts-expect-error
singer.toJSON({ include: 'song' });
// @ts-expect-error
singer.toJSON({ include: { songs: { only: ['name'] } } });
// @ts-expect-error
singer.toJSON({ include: { songs: { include: 'songs' } } });
// @ts-expect-error
singer.toJSON({ include: { songs: { methods: ['greet'] } } });
// @ts-expect-error
singer.toJSON({ onyl: ['name'] });
// @ts-expect-error
new Answer().toJSON({ include: 'anything' });

declare const singers: Singer[];
serialize(singers, { only: ['name'], include: { songs: { only: ['title'] } } });
serialize(new Set(singers));
// @ts-expect-error
serialize(singers, { only: ['nmae'] });
// @ts-expect-error
serialize(singers, { include: 'song' });
// @ts-expect-error
serialize([{ name: 'Ada' }]);

export async function loaded() {
  const included = await Singer.includes('songs').firstOrFail();
  included.songs.toJSON({ only: ['title'] });
  // @ts-expect-error
  included.songs.toJSON({ only: ['name'] });
  return serialize(included.songs, { only: ['title'], include: 'singer' });
}
