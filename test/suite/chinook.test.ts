import { BaseModel, between, connect, disconnect, gt, gte, like, not, type RecordInvalid, sql } from 'active-record-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askDriver, chinookIsHere, chinookModels, loadChinook } from '../support/chinook.ts';
import { describeEachDatabase } from '../support/databases.ts';

describe.runIf(!chinookIsHere)('Chinook', () => {
  it.skip('needs ../shared/data/chinook, which is not here', () => undefined);
});

/** Answers on real data, each held against the same question put to the driver in SQL. */
if (chinookIsHere)
  describeEachDatabase('Chinook', (database) => {
    const { dialect } = database;
    const models = chinookModels(dialect);
    const { Album, Artist, Customer, Employee, Invoice, InvoiceLine, PlaylistTrack, Track } = models;
    const ask = (text: string) => askDriver(dialect, database.url, text);
    const askOne = async (text: string) => (await ask(text))[0]?.[0];
    const texts = (values: readonly unknown[]) => values.map((value) => (value === null ? null : String(value)));
    const name = (column: string) =>
      dialect === 'postgres' ? column.replace(/(?!^)([A-Z])/g, '_$1').toLowerCase() : column;

    beforeAll(async () => {
      await loadChinook(dialect, database.url);
      await connect(database.url);
    });
    afterAll(async () => {
      await disconnect();
    });

    it('counts the rows of all eleven tables', async () => {
      for (const [table, model] of Object.entries(models)) {
        expect(await model.all().count(), table).toBe(Number(await askOne(`SELECT COUNT(*) FROM [${table}]`)));
      }
      expect(await Track.count()).toBe(3503);
    });

    it('reads every column of every row as the driver has it', async () => {
      const rows = await ask(
        'SELECT [TrackId], [Name], [AlbumId], [Composer], [Milliseconds], [Bytes] FROM [Track] ORDER BY [TrackId]',
      );
      const tracks = await Track.order('trackId');
      expect(
        tracks.map((track) =>
          texts([track.trackId, track.name, track.albumId, track.composer, track.milliseconds, track.bytes]),
        ),
      ).toEqual(rows);
    });

    it('keeps decimals exact', async () => {
      const cents = await askOne('SELECT SUM(ROUND([Total] * 100)) FROM [Invoice]');
      expect(await Invoice.sum('total')).toBe((Number(cents) / 100).toFixed(2));
      const [first] = await Invoice.order('total', 'desc').order('invoiceId').limit(1);
      expect(Number(first?.total)).toBe(Number(await askOne('SELECT MAX([Total]) FROM [Invoice]')));
      expect(first?.total).toMatch(/^\d+\.\d\d$/);
      expect(await Invoice.average('total')).toMatch(/^5\.65\d{4}$/);
      expect(await Track.where({ unitPrice: '1.99' }).count()).toBe(
        Number(await askOne('SELECT COUNT(*) FROM [Track] WHERE [UnitPrice] = 1.99')),
      );
      expect(await Track.where({ unitPrice: gt('0.99') }).count()).toBe(
        Number(await askOne('SELECT COUNT(*) FROM [Track] WHERE [UnitPrice] > 0.99')),
      );
    });

    it('reads moments in UTC, whatever the zone of the server', async () => {
      const rows = await ask('SELECT [HireDate] FROM [Employee] ORDER BY [EmployeeId]');
      const hired = await Employee.order('employeeId').pluck('hireDate');
      expect(hired.map((date) => date?.toISOString().slice(0, 19).replace('T', ' '))).toEqual(
        rows.map(([date]) => date),
      );
    });

    it('finds by key, by several keys in their order, and by composite key', async () => {
      expect((await Artist.find(1)).name).toBe('AC/DC');
      expect((await Artist.find([50, 2, 1])).map((artist) => artist.artistId)).toEqual([50, 2, 1]);
      expect(await PlaylistTrack.find({ playlistId: 1, trackId: 3402 })).toMatchObject({
        playlistId: 1,
        trackId: 3402,
      });
      await expect(PlaylistTrack.find({ playlistId: 1, trackId: -1 })).rejects.toMatchObject({
        code: 'AR_RECORD_NOT_FOUND',
      });
    });

    it('answers conditions like the same SQL', async () => {
      const questions: [PromiseLike<number>, string][] = [
        [Track.where({ composer: null }).count(), '[Track] WHERE [Composer] IS NULL'],
        [Track.where({ composer: not(null) }).count(), '[Track] WHERE [Composer] IS NOT NULL'],
        [Track.where({ genreId: [1, 2, 3] }).count(), '[Track] WHERE [GenreId] IN (1, 2, 3)'],
        [Track.where({ genreId: not([1, 2, 3]) }).count(), '[Track] WHERE [GenreId] NOT IN (1, 2, 3)'],
        [
          Track.where({ milliseconds: between(200_000, 300_000) }).count(),
          '[Track] WHERE [Milliseconds] BETWEEN 200000 AND 300000',
        ],
        [Track.where({ name: like('%Love%') }).count(), "[Track] WHERE [Name] LIKE '%Love%'"],
        [Track.where({ composer: ['U2', null] }).count(), "[Track] WHERE [Composer] = 'U2' OR [Composer] IS NULL"],
        [Track.where({ composer: not('U2') }).count(), "[Track] WHERE [Composer] <> 'U2'"],
        [
          Invoice.where({ invoiceDate: gte(new Date('2023-01-01T00:00:00Z')) }).count(),
          "[Invoice] WHERE [InvoiceDate] >= '2023-01-01 00:00:00'",
        ],
        [
          Customer.where({ country: 'Canada', state: not(null) }).count(),
          "[Customer] WHERE [Country] = 'Canada' AND [State] IS NOT NULL",
        ],
        [Customer.where({ company: null }).distinct().count('country'), '__distinct'],
      ];
      for (const [ours, theirs] of questions) {
        const question =
          theirs === '__distinct'
            ? 'SELECT COUNT(DISTINCT [Country]) FROM [Customer] WHERE [Company] IS NULL'
            : `SELECT COUNT(*) FROM ${theirs}`;
        expect(await ours, question).toBe(Number(await askOne(question)));
      }
    });

    it('orders, limits and skips like the same SQL', async () => {
      const rows = await ask(
        'SELECT [InvoiceId] FROM [Invoice] ORDER BY [BillingCountry], [Total] DESC, [InvoiceId] LIMIT 20 OFFSET 100',
      );
      const ids = await Invoice.order('billingCountry')
        .order({ total: 'desc', invoiceId: 'asc' })
        .limit(20)
        .offset(100)
        .pluck('invoiceId');
      expect(texts(ids)).toEqual(rows.map(([id]) => id));
      const last = await Track.order('milliseconds').last(3);
      expect(last.map((track) => String(track.milliseconds))).toEqual(
        (await ask('SELECT [Milliseconds] FROM [Track] ORDER BY [Milliseconds] DESC LIMIT 3'))
          .map(([length]) => length)
          .reverse(),
      );
    });

    it('plucks tuples and aggregates like the same SQL', async () => {
      const rows = await ask('SELECT [FirstName], [Country], [SupportRepId] FROM [Customer] ORDER BY [CustomerId]');
      expect((await Customer.order('customerId').pluck('firstName', 'country', 'supportRepId')).map(texts)).toEqual(
        rows,
      );
      expect(await InvoiceLine.sum('quantity')).toBe(Number(await askOne('SELECT SUM([Quantity]) FROM [InvoiceLine]')));
      expect(await Track.maximum('milliseconds')).toBe(Number(await askOne('SELECT MAX([Milliseconds]) FROM [Track]')));
      expect(await Track.minimum('name')).toBe(await askOne('SELECT MIN([Name]) FROM [Track]'));
      expect(await Track.average('milliseconds')).toBeCloseTo(
        Number(await askOne('SELECT AVG([Milliseconds]) FROM [Track]')),
        3,
      );
      expect(await Track.count('composer')).toBe(Number(await askOne('SELECT COUNT([Composer]) FROM [Track]')));
    });

    it('selects expressions and own SQL', async () => {
      const rows = await ask(
        'SELECT [AlbumId], length([Title]) FROM [Album] WHERE length([Title]) > 60 ORDER BY [AlbumId]',
      );
      const title = sql.name(name('Title'));
      const albums = await Album.where(sql`length(${title}) > ${60}`)
        .select('albumId', { size: sql<number>`length(${title})` })
        .order('albumId');
      // length() counts bytes on MySQL and characters elsewhere: either way the same question has the same answer.
      expect(albums.map((album) => texts([album.albumId, album.size]))).toEqual(rows);
    });

    it('writes, and is undone by a rollback', async () => {
      await expect(
        Artist.transaction(async () => {
          const artist = await Artist.create({ name: 'Émilie' });
          const album = await Album.create({ title: 'New', artistId: artist.artistId });
          expect((await Album.find(album.albumId)).title).toBe('New');
          expect(await askOne(`SELECT COUNT(*) FROM [Artist] WHERE [Name] = 'Émilie'`)).toBe('0');
          await Track.where({ albumId: 1 }).updateAll({ unitPrice: '2.99' });
          throw new Error('undo');
        }),
      ).rejects.toThrow('undo');
      expect(await askOne('SELECT COUNT(*) FROM [Artist]')).toBe('275');
      expect(await Track.where({ unitPrice: '2.99' }).exists()).toBe(false);
    });

    it('turns constraints of the existing schema into errors of the record', async () => {
      const error = await Album.create({ title: 'Orphan', artistId: 99_999 }).catch((reason: RecordInvalid) => reason);
      expect(error).toMatchObject({ code: 'AR_RECORD_INVALID' });
      expect(JSON.stringify((error as RecordInvalid).errors)).toBe('{"artistId":["must exist"]}');
      await expect(Artist.where({ artistId: 1 }).deleteAll()).rejects.toMatchObject({ code: 'AR_FOREIGN_KEY' });
    });

    it('reads the columns of a bare model from the database', async () => {
      class Bare extends BaseModel {
        static override tableName = name('InvoiceLine');
        declare invoiceLineId: number;
        declare unitPrice: string;
        declare quantity: number;
      }
      const line = await Bare.find(1);
      const [row] = await ask(
        'SELECT [InvoiceLineId], [UnitPrice], [Quantity] FROM [InvoiceLine] WHERE [InvoiceLineId] = 1',
      );
      expect(texts([line.invoiceLineId, line.unitPrice, line.quantity])).toEqual(row);
      expect(Object.keys(line.attributes)).toEqual(['invoiceLineId', 'invoiceId', 'trackId', 'unitPrice', 'quantity']);
    });
  });
