import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BaseModel, belongsTo, type Column, column, hasMany, hasOne } from 'active-record-ts';
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Dialect } from './databases.ts';

// The Chinook data set (a music shop: 11 tables, 3,503 tracks) stands beside the project, not in it.
const folder = new URL('../../../shared/data/chinook/', import.meta.url);
const files = { mysql: 'MySql', postgres: 'PostgreSql', sqlite: 'Sqlite' } as const;
const fileOf = (dialect: Dialect) => new URL(`Chinook_${files[dialect]}_AutoIncrementPKs.sql.gz`, folder);

export const chinookIsHere = existsSync(fileOf('sqlite'));

/** Loads the data set into a database, without the statements that would make one of its own. */
export async function loadChinook(dialect: Dialect, url: string): Promise<void> {
  const script = gunzipSync(readFileSync(fileOf(dialect)))
    .toString('utf8')
    .replace(/^(?:DROP DATABASE|CREATE DATABASE|USE|\\c) .*$/gm, '');
  if (dialect === 'mysql') {
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true });
    await connection.query(script);
    await connection.end();
  } else if (dialect === 'postgres') {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(script);
    await client.end();
  } else {
    const file = new Database(url.slice('sqlite:'.length));
    file.exec(script);
    file.close();
  }
}

/** Asks the driver itself. Names stand in brackets, as in `[Track].[Name]`; every value comes back as text or null. */
export async function askDriver(dialect: Dialect, url: string, sql: string): Promise<(string | null)[][]> {
  if (dialect === 'mysql') {
    const connection = await mysql.createConnection({ uri: url, dateStrings: true, rowsAsArray: true });
    const [rows] = await connection.query<mysql.RowDataPacket[][]>(sql.replace(/\[(\w+)\]/g, '`$1`'));
    await connection.end();
    return rows.map((row) => row.map(asText));
  }
  if (dialect === 'postgres') {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const types = { getTypeParser: () => (value: string) => value };
    const text = sql.replace(/\[(\w+)\]/g, (_, name: string) => snake(name));
    const result = await client.query<unknown[]>({ text, rowMode: 'array', types });
    await client.end();
    return result.rows.map((row) => row.map(asText));
  }
  const file = new Database(url.slice('sqlite:'.length), { readonly: true });
  const rows = file.prepare(sql).raw().all();
  file.close();
  return rows.map((row) => (Array.isArray(row) ? row.map(asText) : []));
}

const asText = (value: unknown) => (value === null ? null : String(value));
const snake = (name: string) => name.replace(/(?!^)([A-Z])/g, '_$1').toLowerCase();

/** Models of the eleven tables: columns in PascalCase on MySQL and SQLite, in snake_case on PostgreSQL. */
export function chinookModels(dialect: Dialect) {
  const pascal = dialect !== 'postgres';
  const table = (name: string) => (pascal ? name : snake(name));
  const named = <T, O extends boolean, K extends boolean, R>(name: string, made: Column<T, O, K, R>) =>
    pascal ? made.column(name) : made;
  const text = (name: string, length: number) => named(name, column.string(length)).nullable();
  const reference = (name: string, to: string) =>
    named(name, column.integer()).references(table(to), { column: pascal ? name : snake(name) });

  class Artist extends BaseModel.with({
    artistId: named('ArtistId', column.id()),
    name: text('Name', 120),
    get albums() {
      return hasMany(Album);
    },
    get tracks() {
      return hasMany(Track, { through: 'albums' });
    },
    get genres() {
      return hasMany(Genre, { through: 'tracks' });
    },
  }) {
    static override tableName = table('Artist');
  }
  class Album extends BaseModel.with({
    albumId: named('AlbumId', column.id()),
    title: named('Title', column.string(160)),
    artistId: reference('ArtistId', 'Artist'),
    get artist() {
      return belongsTo(Artist);
    },
    get tracks() {
      return hasMany(Track);
    },
  }) {
    static override tableName = table('Album');
  }
  class Genre extends BaseModel.with({
    genreId: named('GenreId', column.id()),
    name: text('Name', 120),
    get tracks() {
      return hasMany(Track);
    },
  }) {
    static override tableName = table('Genre');
  }
  class MediaType extends BaseModel.with({ mediaTypeId: named('MediaTypeId', column.id()), name: text('Name', 120) }) {
    static override tableName = table('MediaType');
  }
  class Playlist extends BaseModel.with({
    playlistId: named('PlaylistId', column.id()),
    name: text('Name', 120),
    get playlistTracks() {
      return hasMany(PlaylistTrack);
    },
    get tracks() {
      return hasMany(Track, { through: 'playlistTracks' });
    },
  }) {
    static override tableName = table('Playlist');
  }
  class PlaylistTrack extends BaseModel.with({
    playlistId: named('PlaylistId', column.integer()).primaryKey(),
    trackId: named('TrackId', column.integer()).primaryKey(),
    get playlist() {
      return belongsTo(Playlist);
    },
    get track() {
      return belongsTo(Track);
    },
  }) {
    static override tableName = table('PlaylistTrack');
  }
  class Track extends BaseModel.with({
    trackId: named('TrackId', column.id()),
    name: named('Name', column.string(200)),
    albumId: reference('AlbumId', 'Album').nullable(),
    mediaTypeId: reference('MediaTypeId', 'MediaType'),
    genreId: reference('GenreId', 'Genre').nullable(),
    composer: text('Composer', 220),
    milliseconds: named('Milliseconds', column.integer()),
    bytes: named('Bytes', column.integer()).nullable(),
    unitPrice: named('UnitPrice', column.decimal(10, 2)),
    get album() {
      return belongsTo(Album, { optional: true });
    },
    get artist() {
      return hasOne(Artist, { through: 'album' });
    },
    get genre() {
      return belongsTo(Genre, { optional: true });
    },
    get mediaType() {
      return belongsTo(MediaType);
    },
    get invoiceLines() {
      return hasMany(InvoiceLine);
    },
    get playlistTracks() {
      return hasMany(PlaylistTrack);
    },
    get playlists() {
      return hasMany(Playlist, { through: 'playlistTracks' });
    },
  }) {
    static override tableName = table('Track');
  }
  class Employee extends BaseModel.with({
    employeeId: named('EmployeeId', column.id()),
    lastName: named('LastName', column.string(20)),
    firstName: named('FirstName', column.string(20)),
    title: text('Title', 30),
    reportsTo: named('ReportsTo', column.integer()).nullable(),
    birthDate: named('BirthDate', column.datetime()).nullable(),
    hireDate: named('HireDate', column.datetime()).nullable(),
    address: text('Address', 70),
    city: text('City', 40),
    state: text('State', 40),
    country: text('Country', 40),
    postalCode: text('PostalCode', 10),
    phone: text('Phone', 24),
    fax: text('Fax', 24),
    email: text('Email', 60),
    get manager() {
      return belongsTo(Employee, { foreignKey: 'reportsTo', optional: true });
    },
    get reports() {
      return hasMany(Employee, { foreignKey: 'reportsTo' });
    },
    get customers() {
      return hasMany(Customer, { foreignKey: 'supportRepId' });
    },
    get invoices() {
      return hasMany(Invoice, { through: 'customers' });
    },
  }) {
    static override tableName = table('Employee');
  }
  class Customer extends BaseModel.with({
    customerId: named('CustomerId', column.id()),
    firstName: named('FirstName', column.string(40)),
    lastName: named('LastName', column.string(20)),
    company: text('Company', 80),
    address: text('Address', 70),
    city: text('City', 40),
    state: text('State', 40),
    country: text('Country', 40),
    postalCode: text('PostalCode', 10),
    phone: text('Phone', 24),
    fax: text('Fax', 24),
    email: named('Email', column.string(60)),
    supportRepId: named('SupportRepId', column.integer()).nullable(),
    get supportRep() {
      return belongsTo(Employee, { optional: true });
    },
    get invoices() {
      return hasMany(Invoice);
    },
    get invoiceLines() {
      return hasMany(InvoiceLine, { through: 'invoices' });
    },
    get tracks() {
      return hasMany(Track, { through: 'invoiceLines' });
    },
    get genres() {
      return hasMany(Genre, { through: 'tracks' });
    },
    get latestInvoice() {
      return hasOne(Invoice, { latest: 'invoiceDate' });
    },
  }) {
    static override tableName = table('Customer');
  }
  class Invoice extends BaseModel.with({
    invoiceId: named('InvoiceId', column.id()),
    customerId: reference('CustomerId', 'Customer'),
    invoiceDate: named('InvoiceDate', column.datetime()),
    billingAddress: text('BillingAddress', 70),
    billingCity: text('BillingCity', 40),
    billingState: text('BillingState', 40),
    billingCountry: text('BillingCountry', 40),
    billingPostalCode: text('BillingPostalCode', 10),
    total: named('Total', column.decimal(10, 2)),
    get customer() {
      return belongsTo(Customer);
    },
    get invoiceLines() {
      return hasMany(InvoiceLine);
    },
    get tracks() {
      return hasMany(Track, { through: 'invoiceLines' });
    },
  }) {
    static override tableName = table('Invoice');
  }
  class InvoiceLine extends BaseModel.with({
    invoiceLineId: named('InvoiceLineId', column.id()),
    invoiceId: reference('InvoiceId', 'Invoice'),
    trackId: reference('TrackId', 'Track'),
    unitPrice: named('UnitPrice', column.decimal(10, 2)),
    quantity: named('Quantity', column.integer()),
    get invoice() {
      return belongsTo(Invoice);
    },
    get track() {
      return belongsTo(Track);
    },
    get genre() {
      return hasOne(Genre, { through: 'track' });
    },
  }) {
    static override tableName = table('InvoiceLine');
  }
  return { Artist, Album, Genre, MediaType, Playlist, PlaylistTrack, Track, Employee, Customer, Invoice, InvoiceLine };
}
