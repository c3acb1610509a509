/** Answers on real data through associations, each held against the same question put to the driver in SQL. */
import { connect, disconnect, gt, gte } from 'active-record-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askDriver, chinookIsHere, chinookModels, loadChinook } from '../support/chinook.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { statementsOf } from '../support/models.ts';

describe.runIf(!chinookIsHere)('Chinook, through associations', () => {
  it.skip('needs ../shared/data/chinook, which is not here', () => undefined);
});

if (chinookIsHere)
  describeEachDatabase('Chinook, through associations', (database) => {
    const { dialect } = database;
    const models = chinookModels(dialect);
    const { Album, Artist, Customer, Employee, Genre, Invoice, InvoiceLine, Playlist, Track } = models;
    const ask = (text: string) => askDriver(dialect, database.url, text);
    const askNumber = async (text: string) => Number((await ask(text))[0]?.[0]);
    const askNumbers = async (text: string) =>
      (await ask(text)).map((row) => row.map((value) => (value === null ? null : Number(value))));
    const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
    const cents = (value: string | null | undefined) =>
      value === null || value === undefined ? null : Math.round(Number(value) * 100);
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

    /** What `run` gives, and that it has sent so many statements. */
    const sending = async <T>(count: number, run: () => PromiseLike<T>): Promise<T> => {
      let result: T | undefined;
      const sent = await statementsOf(async () => {
        result = await run();
      });
      expect(sent).toHaveLength(count);
      return result as T;
    };

    beforeAll(async () => {
      await loadChinook(dialect, database.url);
      await connect(database.url);
    });
    afterAll(async () => {
      await disconnect();
    });

    describe('lazily, in loops', () => {
      it('1: the albums of tracks', async () => {
        const titles = await sending(2, async () => {
          const found: (string | null)[] = [];
          for (const track of await Track.order('trackId').limit(500)) found.push((await track.album)?.title ?? null);
          return found;
        });
        const rows = await ask(
          'SELECT [Album].[Title] FROM [Track] LEFT JOIN [Album] ON [Album].[AlbumId] = [Track].[AlbumId] ORDER BY [Track].[TrackId] LIMIT 500',
        );
        expect(titles).toEqual(rows.map(([title]) => title));
      });

      it('2: the tracks of the albums of artists', async () => {
        const counts = await sending(3, async () => {
          const found: number[][] = [];
          for (const artist of await Artist.order('artistId')) {
            let tracks = 0;
            for (const album of await artist.albums) tracks += (await album.tracks).length;
            found.push([artist.artistId, tracks]);
          }
          return found;
        });
        expect(counts).toEqual(
          await askNumbers(
            'SELECT [Artist].[ArtistId], COUNT([Track].[TrackId]) FROM [Artist] LEFT JOIN [Album] ON [Album].[ArtistId] = [Artist].[ArtistId] LEFT JOIN [Track] ON [Track].[AlbumId] = [Album].[AlbumId] GROUP BY [Artist].[ArtistId] ORDER BY [Artist].[ArtistId]',
          ),
        );
      });

      it('3: managers, of managers', async () => {
        const names = await sending(3, async () => {
          const found: (string | null)[][] = [];
          for (const employee of await Employee.order('employeeId')) {
            const manager = await employee.manager;
            found.push([text(manager?.lastName), text((await manager?.manager)?.lastName)]);
          }
          return found;
        });
        expect(names).toEqual(
          await ask(
            'SELECT m.[LastName], b.[LastName] FROM [Employee] e LEFT JOIN [Employee] m ON m.[EmployeeId] = e.[ReportsTo] LEFT JOIN [Employee] b ON b.[EmployeeId] = m.[ReportsTo] ORDER BY e.[EmployeeId]',
          ),
        );
      });

      it('4: under Promise.all, the support of customers', async () => {
        const names = await sending(3, async () =>
          Promise.all(
            (await Customer.order('customerId')).map(async (customer) => {
              const employee = await customer.supportRep;
              return [text(employee?.lastName), text((await employee?.manager)?.lastName)];
            }),
          ),
        );
        expect(names).toEqual(
          await ask(
            'SELECT e.[LastName], m.[LastName] FROM [Customer] LEFT JOIN [Employee] e ON e.[EmployeeId] = [Customer].[SupportRepId] LEFT JOIN [Employee] m ON m.[EmployeeId] = e.[ReportsTo] ORDER BY [Customer].[CustomerId]',
          ),
        );
      });

      it('5: the tracks of playlists, through their join table', async () => {
        const found = await sending(2, async () => {
          const rows: number[][] = [];
          for (const playlist of await Playlist.order('playlistId')) {
            const tracks = await playlist.tracks;
            rows.push([playlist.playlistId, tracks.length, sum(tracks.map((track) => track.milliseconds))]);
          }
          return rows;
        });
        expect(found).toEqual(
          await askNumbers(
            'SELECT [Playlist].[PlaylistId], COUNT([Track].[TrackId]), COALESCE(SUM([Track].[Milliseconds]), 0) FROM [Playlist] LEFT JOIN [PlaylistTrack] ON [PlaylistTrack].[PlaylistId] = [Playlist].[PlaylistId] LEFT JOIN [Track] ON [Track].[TrackId] = [PlaylistTrack].[TrackId] GROUP BY [Playlist].[PlaylistId] ORDER BY [Playlist].[PlaylistId]',
          ),
        );
      });
    });

    describe('with includes', () => {
      it('6: the length of all that an artist has made', async () => {
        const artists = await sending(3, () => Artist.includes({ albums: 'tracks' }).order('artistId'));
        const lengths = artists.map((artist) =>
          sum(artist.albums.map((album) => sum(album.tracks.map((track) => track.milliseconds)))),
        );
        expect(lengths).toEqual(
          (
            await askNumbers(
              'SELECT COALESCE(SUM([Track].[Milliseconds]), 0) FROM [Artist] LEFT JOIN [Album] ON [Album].[ArtistId] = [Artist].[ArtistId] LEFT JOIN [Track] ON [Track].[AlbumId] = [Album].[AlbumId] GROUP BY [Artist].[ArtistId] ORDER BY [Artist].[ArtistId]',
            )
          ).map(([length]) => length),
        );
      });

      it('7: the genres that a customer has bought, by every step of the way', async () => {
        const customers = await sending(5, () =>
          Customer.includes({ invoices: { invoiceLines: { track: 'genre' } } }).order('customerId'),
        );
        const genres = customers.map((customer) => {
          const bought = customer.invoices.toArray().flatMap((invoice) => invoice.invoiceLines.toArray());
          return new Set(bought.map((line) => line.track.value.genre.value?.genreId)).size;
        });
        const rows = await askNumbers(
          'SELECT COUNT(DISTINCT [Track].[GenreId]) FROM [Customer] JOIN [Invoice] ON [Invoice].[CustomerId] = [Customer].[CustomerId] JOIN [InvoiceLine] ON [InvoiceLine].[InvoiceId] = [Invoice].[InvoiceId] JOIN [Track] ON [Track].[TrackId] = [InvoiceLine].[TrackId] GROUP BY [Customer].[CustomerId] ORDER BY [Customer].[CustomerId]',
        );
        expect(genres).toEqual(rows.map(([count]) => count));
      });

      it('8: the same through four associations in one, each genre once', async () => {
        const customers = await sending(2, () => Customer.includes('genres').order('customerId'));
        const rows = await askNumbers(
          'SELECT DISTINCT [Customer].[CustomerId], [Track].[GenreId] FROM [Customer] JOIN [Invoice] ON [Invoice].[CustomerId] = [Customer].[CustomerId] JOIN [InvoiceLine] ON [InvoiceLine].[InvoiceId] = [Invoice].[InvoiceId] JOIN [Track] ON [Track].[TrackId] = [InvoiceLine].[TrackId] ORDER BY [Customer].[CustomerId], [Track].[GenreId]',
        );
        expect(
          customers.flatMap((customer) =>
            sorted(customer.genres.map((genre) => genre.genreId)).map((genre) => [customer.customerId, genre]),
          ),
        ).toEqual(rows);
      });

      it('9: the genre of each line of an invoice', async () => {
        const lines = await sending(2, () => InvoiceLine.includes('genre').order('invoiceLineId'));
        const rows = await ask(
          'SELECT [Genre].[Name] FROM [InvoiceLine] JOIN [Track] ON [Track].[TrackId] = [InvoiceLine].[TrackId] JOIN [Genre] ON [Genre].[GenreId] = [Track].[GenreId] ORDER BY [InvoiceLine].[InvoiceLineId]',
        );
        expect(lines.map((line) => line.genre.value?.name)).toEqual(rows.map(([name]) => name));
      });

      it('10: the artist of each track', async () => {
        const tracks = await sending(2, () => Track.includes('artist').order('trackId'));
        const rows = await ask(
          'SELECT [Artist].[Name] FROM [Track] JOIN [Album] ON [Album].[AlbumId] = [Track].[AlbumId] JOIN [Artist] ON [Artist].[ArtistId] = [Album].[ArtistId] ORDER BY [Track].[TrackId]',
        );
        expect(tracks.map((track) => track.artist.value?.name)).toEqual(rows.map(([name]) => name));
      });

      it('11: who reports to whom, in an order', async () => {
        const employees = await Employee.includes({ reports: (reports) => reports.order('employeeId', 'desc') }).order(
          'employeeId',
        );
        const rows = await askNumbers(
          'SELECT [ReportsTo], [EmployeeId] FROM [Employee] WHERE [ReportsTo] IS NOT NULL ORDER BY [ReportsTo], [EmployeeId] DESC',
        );
        expect(
          employees.flatMap((employee) => employee.reports.map((report) => [employee.employeeId, report.employeeId])),
        ).toEqual(rows);
      });

      it('12: the genres of artists, nested through', async () => {
        const artists = await sending(2, () => Artist.includes('genres').order('artistId'));
        const rows = await askNumbers(
          'SELECT DISTINCT [Album].[ArtistId], [Track].[GenreId] FROM [Album] JOIN [Track] ON [Track].[AlbumId] = [Album].[AlbumId] ORDER BY [Album].[ArtistId], [Track].[GenreId]',
        );
        expect(
          artists.flatMap((artist) =>
            sorted(artist.genres.map((genre) => genre.genreId)).map((genre) => [artist.artistId, genre]),
          ),
        ).toEqual(rows);
      });
    });

    describe('with eagerLoad', () => {
      it('13: albums with their artist and tracks, a page of them', async () => {
        const albums = await sending(1, () =>
          Album.eagerLoad('artist', 'tracks').order('albumId', 'desc').limit(20).offset(30),
        );
        const rows = await ask(
          'SELECT [Album].[AlbumId], [Artist].[Name], (SELECT COUNT(*) FROM [Track] WHERE [Track].[AlbumId] = [Album].[AlbumId]) FROM [Album] JOIN [Artist] ON [Artist].[ArtistId] = [Album].[ArtistId] ORDER BY [Album].[AlbumId] DESC LIMIT 20 OFFSET 30',
        );
        expect(albums.map((album) => [album.albumId, album.artist.value.name, album.tracks.length].map(text))).toEqual(
          rows,
        );
      });

      it('14: invoices with their customer and its support', async () => {
        const invoices = await sending(1, () =>
          Invoice.eagerLoad({ customer: 'supportRep' })
            .where({ total: gt('13.00') })
            .order('invoiceId'),
        );
        const rows = await ask(
          'SELECT [Invoice].[InvoiceId], [Customer].[LastName], [Employee].[LastName] FROM [Invoice] JOIN [Customer] ON [Customer].[CustomerId] = [Invoice].[CustomerId] LEFT JOIN [Employee] ON [Employee].[EmployeeId] = [Customer].[SupportRepId] WHERE [Invoice].[Total] > 13 ORDER BY [Invoice].[InvoiceId]',
        );
        expect(
          invoices.map(({ invoiceId, customer }) =>
            [invoiceId, customer.value.lastName, customer.value.supportRep.value?.lastName].map(text),
          ),
        ).toEqual(rows);
      });

      it('15: the tracks of all playlists, with their genres', async () => {
        const playlists = await sending(1, () => Playlist.eagerLoad({ tracks: 'genre' }).order('playlistId'));
        const rows = await askNumbers(
          'SELECT [Playlist].[PlaylistId], COUNT([Track].[TrackId]), COUNT(DISTINCT [Track].[GenreId]) FROM [Playlist] LEFT JOIN [PlaylistTrack] ON [PlaylistTrack].[PlaylistId] = [Playlist].[PlaylistId] LEFT JOIN [Track] ON [Track].[TrackId] = [PlaylistTrack].[TrackId] GROUP BY [Playlist].[PlaylistId] ORDER BY [Playlist].[PlaylistId]',
        );
        expect(
          playlists.map(({ playlistId, tracks }) => [
            playlistId,
            tracks.length,
            new Set(tracks.map((track) => track.genre.value)).size,
          ]),
        ).toEqual(rows);
      });

      it('16: employees with their manager, their reports and their customers', async () => {
        const employees = await sending(1, () =>
          Employee.eagerLoad('manager', 'reports', 'customers').order('employeeId'),
        );
        const rows = await askNumbers(
          'SELECT e.[EmployeeId], e.[ReportsTo], (SELECT COUNT(*) FROM [Employee] r WHERE r.[ReportsTo] = e.[EmployeeId]), (SELECT COUNT(*) FROM [Customer] WHERE [Customer].[SupportRepId] = e.[EmployeeId]) FROM [Employee] e ORDER BY e.[EmployeeId]',
        );
        expect(
          employees.map((employee) => [
            employee.employeeId,
            employee.manager.value?.employeeId ?? null,
            employee.reports.length,
            employee.customers.length,
          ]),
        ).toEqual(rows);
      });
    });

    describe('with figures', () => {
      it('17: the albums, tracks and genres of artists', async () => {
        const artists = await sending(1, () => Artist.withCount('albums', 'tracks', 'genres').order('artistId'));
        const rows = await askNumbers(
          'SELECT COUNT(DISTINCT [Album].[AlbumId]), COUNT([Track].[TrackId]), COUNT(DISTINCT [Track].[GenreId]) FROM [Artist] LEFT JOIN [Album] ON [Album].[ArtistId] = [Artist].[ArtistId] LEFT JOIN [Track] ON [Track].[AlbumId] = [Album].[AlbumId] GROUP BY [Artist].[ArtistId] ORDER BY [Artist].[ArtistId]',
        );
        expect(artists.map((artist) => [artist.albumsCount, artist.tracksCount, artist.genresCount])).toEqual(rows);
      });

      it('18: what customers have paid: all of it, the least, the most and the latest', async () => {
        const customers = await sending(1, () =>
          Customer.withSum('invoices', 'total')
            .withMinimum('invoices', 'total')
            .withMaximum('invoices', 'total')
            .withSum('latestInvoice', 'total')
            .order('customerId'),
        );
        const rows = await askNumbers(
          'SELECT ROUND(SUM([Total]) * 100), ROUND(MIN([Total]) * 100), ROUND(MAX([Total]) * 100), ROUND((SELECT l.[Total] FROM [Invoice] l WHERE l.[CustomerId] = [Invoice].[CustomerId] ORDER BY l.[InvoiceDate] DESC, l.[InvoiceId] DESC LIMIT 1) * 100) FROM [Invoice] GROUP BY [CustomerId] ORDER BY [CustomerId]',
        );
        expect(
          customers.map((each) =>
            [
              each.invoicesSumTotal,
              each.invoicesMinimumTotal,
              each.invoicesMaximumTotal,
              each.latestInvoiceSumTotal,
            ].map(cents),
          ),
        ).toEqual(rows);
      });

      it('19: the length of albums, and of their longest track', async () => {
        const albums = await Album.withSum('tracks', 'milliseconds')
          .withMaximum('tracks', 'milliseconds')
          .withAverage('tracks', 'milliseconds')
          .order('albumId');
        const rows = await askNumbers(
          'SELECT SUM([Milliseconds]), MAX([Milliseconds]) FROM [Track] GROUP BY [AlbumId] ORDER BY [AlbumId]',
        );
        expect(albums.map((album) => [album.tracksSumMilliseconds, album.tracksMaximumMilliseconds])).toEqual(rows);
        const averages = await askNumbers(
          'SELECT AVG([Milliseconds]) FROM [Track] GROUP BY [AlbumId] ORDER BY [AlbumId]',
        );
        albums.forEach((album, index) => {
          expect(album.tracksAverageMilliseconds).toBeCloseTo(averages[index]?.[0] ?? 0, 3);
        });
      });

      it('20: the tracks of genres that have a composer', async () => {
        const genres = await Genre.withCount({ tracks: (tracks) => tracks.whereNot({ composer: null }) }).order(
          'genreId',
        );
        const rows = await askNumbers(
          'SELECT COUNT([Composer]) FROM [Genre] LEFT JOIN [Track] ON [Track].[GenreId] = [Genre].[GenreId] GROUP BY [Genre].[GenreId] ORDER BY [Genre].[GenreId]',
        );
        expect(genres.map((genre) => [genre.tracksCount])).toEqual(rows);
      });

      it('21: the price of playlists', async () => {
        const playlists = await sending(1, () =>
          Playlist.withCount('tracks').withSum('tracks', 'unitPrice').order('playlistId'),
        );
        const rows = await askNumbers(
          'SELECT COUNT([Track].[TrackId]), ROUND(SUM([Track].[UnitPrice]) * 100) FROM [Playlist] LEFT JOIN [PlaylistTrack] ON [PlaylistTrack].[PlaylistId] = [Playlist].[PlaylistId] LEFT JOIN [Track] ON [Track].[TrackId] = [PlaylistTrack].[TrackId] GROUP BY [Playlist].[PlaylistId] ORDER BY [Playlist].[PlaylistId]',
        );
        expect(playlists.map((each) => [each.tracksCount, cents(each.tracksSumUnitPrice)])).toEqual(rows);
      });

      it('22: what employees have sold, through their customers', async () => {
        const employees = await Employee.withCount('invoices').withSum('invoices', 'total').order('employeeId');
        const rows = await askNumbers(
          'SELECT COUNT([Invoice].[InvoiceId]), ROUND(SUM([Invoice].[Total]) * 100) FROM [Employee] LEFT JOIN [Customer] ON [Customer].[SupportRepId] = [Employee].[EmployeeId] LEFT JOIN [Invoice] ON [Invoice].[CustomerId] = [Customer].[CustomerId] GROUP BY [Employee].[EmployeeId] ORDER BY [Employee].[EmployeeId]',
        );
        expect(employees.map((each) => [each.invoicesCount, cents(each.invoicesSumTotal)])).toEqual(rows);
      });

      it('23: whether tracks have been sold, and are on a playlist', async () => {
        const tracks = await Track.select('trackId').withExists('invoiceLines', 'playlists').order('trackId');
        const sold = await askNumbers('SELECT DISTINCT [TrackId] FROM [InvoiceLine] ORDER BY [TrackId]');
        expect(tracks.filter((track) => track.invoiceLinesExist).map((track) => [track.trackId])).toEqual(sold);
        const listed = await askNumber('SELECT COUNT(DISTINCT [TrackId]) FROM [PlaylistTrack]');
        expect(tracks.filter((track) => track.playlistsExist)).toHaveLength(listed);
      });
    });

    describe('with a limit for each record', () => {
      it('24: the three latest invoices of each customer', async () => {
        const customers = await sending(2, () =>
          Customer.includes({
            invoices: (invoices) => invoices.order('invoiceDate', 'desc').order('invoiceId').limit(3),
          }).order('customerId'),
        );
        const rows = await askNumbers(
          'SELECT [CustomerId], [InvoiceId] FROM (SELECT [CustomerId], [InvoiceId], ROW_NUMBER() OVER (PARTITION BY [CustomerId] ORDER BY [InvoiceDate] DESC, [InvoiceId]) AS place FROM [Invoice]) numbered WHERE place <= 3 ORDER BY [CustomerId], place',
        );
        expect(
          customers.flatMap(({ customerId, invoices }) => invoices.map(({ invoiceId }) => [customerId, invoiceId])),
        ).toEqual(rows);
      });

      it('25: the second and third longest track of each album', async () => {
        const albums = await Album.includes({
          tracks: (tracks) => tracks.order({ milliseconds: 'desc', trackId: 'asc' }).limit(2).offset(1),
        }).order('albumId');
        const rows = await askNumbers(
          'SELECT [AlbumId], [TrackId] FROM (SELECT [AlbumId], [TrackId], ROW_NUMBER() OVER (PARTITION BY [AlbumId] ORDER BY [Milliseconds] DESC, [TrackId]) AS place FROM [Track]) numbered WHERE place IN (2, 3) ORDER BY [AlbumId], place',
        );
        expect(albums.flatMap(({ albumId, tracks }) => tracks.map(({ trackId }) => [albumId, trackId]))).toEqual(rows);
      });

      it('26: five tracks of each playlist, through its join table', async () => {
        const playlists = await Playlist.includes({
          tracks: (tracks) => tracks.order({ bytes: 'desc', trackId: 'asc' }).limit(5),
        }).order('playlistId');
        const rows = await askNumbers(
          'SELECT pid, tid FROM (SELECT [PlaylistTrack].[PlaylistId] AS pid, [Track].[TrackId] AS tid, ROW_NUMBER() OVER (PARTITION BY [PlaylistTrack].[PlaylistId] ORDER BY [Track].[Bytes] DESC, [Track].[TrackId]) AS place FROM [PlaylistTrack] JOIN [Track] ON [Track].[TrackId] = [PlaylistTrack].[TrackId]) numbered WHERE place <= 5 ORDER BY pid, place',
        );
        expect(
          playlists.flatMap(({ playlistId, tracks }) => tracks.map(({ trackId }) => [playlistId, trackId])),
        ).toEqual(rows);
      });
    });

    describe('from one record', () => {
      it('27: figures of its collections', async () => {
        const artist = await Artist.find(90);
        expect(await artist.albums.count()).toBe(await askNumber('SELECT COUNT(*) FROM [Album] WHERE [ArtistId] = 90'));
        expect(await artist.tracks.sum('milliseconds')).toBe(
          await askNumber(
            'SELECT SUM([Milliseconds]) FROM [Track] JOIN [Album] ON [Album].[AlbumId] = [Track].[AlbumId] WHERE [Album].[ArtistId] = 90',
          ),
        );
        const customer = await Customer.find(5);
        expect(cents(await customer.invoices.sum('total'))).toBe(
          await askNumber('SELECT ROUND(SUM([Total]) * 100) FROM [Invoice] WHERE [CustomerId] = 5'),
        );
      });

      it('28: queries that go on from its collections', async () => {
        const playlist = await Playlist.find(1);
        const ids = await playlist.tracks
          .where({ milliseconds: gte(300_000), genreId: 1 })
          .order('trackId', 'desc')
          .limit(10)
          .pluck('trackId');
        const rows = await askNumbers(
          'SELECT [Track].[TrackId] FROM [Track] JOIN [PlaylistTrack] ON [PlaylistTrack].[TrackId] = [Track].[TrackId] WHERE [PlaylistTrack].[PlaylistId] = 1 AND [Track].[Milliseconds] >= 300000 AND [Track].[GenreId] = 1 ORDER BY [Track].[TrackId] DESC LIMIT 10',
        );
        expect(ids.map((id) => [id])).toEqual(rows);
      });

      it('29: the same on records that are there already', async () => {
        const customers = await Customer.where({ country: 'Brazil' }).order('customerId');
        const loaded = await sending(2, () => Customer.load(customers, { invoices: 'invoiceLines' }));
        await sending(0, () => Customer.loadMissing(loaded, { invoices: 'invoiceLines' }));
        const rows = await askNumbers(
          "SELECT COUNT(*) FROM [Customer] JOIN [Invoice] ON [Invoice].[CustomerId] = [Customer].[CustomerId] JOIN [InvoiceLine] ON [InvoiceLine].[InvoiceId] = [Invoice].[InvoiceId] WHERE [Customer].[Country] = 'Brazil' GROUP BY [Customer].[CustomerId] ORDER BY [Customer].[CustomerId]",
        );
        expect(
          loaded.map((customer) => [sum(customer.invoices.map((invoice) => invoice.invoiceLines.length))]),
        ).toEqual(rows);
      });
    });

    describe('with conditions by name', () => {
      it('30: tracks of an artist, by way of the album', async () => {
        const ids = await Track.where({ album: { artist: { name: 'AC/DC' } } })
          .order('trackId')
          .pluck('trackId');
        const rows = await askNumbers(
          "SELECT [Track].[TrackId] FROM [Track] JOIN [Album] ON [Album].[AlbumId] = [Track].[AlbumId] JOIN [Artist] ON [Artist].[ArtistId] = [Album].[ArtistId] WHERE [Artist].[Name] = 'AC/DC' ORDER BY [Track].[TrackId]",
        );
        expect(ids.map((id) => [id])).toEqual(rows);
      });

      it('31: customers who have bought something of a genre, each once', async () => {
        const ids = await Customer.where({ genres: { name: 'Classical' } })
          .order('customerId')
          .pluck('customerId');
        const rows = await askNumbers(
          "SELECT DISTINCT [Invoice].[CustomerId] FROM [Invoice] JOIN [InvoiceLine] ON [InvoiceLine].[InvoiceId] = [Invoice].[InvoiceId] JOIN [Track] ON [Track].[TrackId] = [InvoiceLine].[TrackId] JOIN [Genre] ON [Genre].[GenreId] = [Track].[GenreId] WHERE [Genre].[Name] = 'Classical' ORDER BY [Invoice].[CustomerId]",
        );
        expect(ids.map((id) => [id])).toEqual(rows);
      });

      it('32: tracks that nobody has bought, and artists without an album', async () => {
        expect(await Track.whereDoesntHave('invoiceLines').count()).toBe(
          await askNumber(
            'SELECT COUNT(*) FROM [Track] WHERE NOT EXISTS (SELECT 1 FROM [InvoiceLine] WHERE [InvoiceLine].[TrackId] = [Track].[TrackId])',
          ),
        );
        expect(await Artist.whereMissing('albums').count()).toBe(
          await askNumber('SELECT COUNT(*) FROM [Artist] WHERE [ArtistId] NOT IN (SELECT [ArtistId] FROM [Album])'),
        );
      });

      it('33: artists with so many albums, and with long tracks', async () => {
        expect(await Artist.whereHas('albums', undefined, { count: gte(5) }).count()).toBe(
          await askNumber(
            'SELECT COUNT(*) FROM (SELECT [ArtistId] FROM [Album] GROUP BY [ArtistId] HAVING COUNT(*) >= 5) counted',
          ),
        );
        expect(await Artist.whereHas('tracks', (tracks) => tracks.where({ milliseconds: gt(600_000) })).count()).toBe(
          await askNumber(
            'SELECT COUNT(DISTINCT [Album].[ArtistId]) FROM [Album] JOIN [Track] ON [Track].[AlbumId] = [Album].[AlbumId] WHERE [Track].[Milliseconds] > 600000',
          ),
        );
      });

      it('34: customers of an employee, given as a record', async () => {
        const employee = await Employee.find(3);
        expect(await Customer.where({ supportRep: employee }).count()).toBe(
          await askNumber('SELECT COUNT(*) FROM [Customer] WHERE [SupportRepId] = 3'),
        );
        expect(await Customer.where({ supportRep: { manager: { title: 'Sales Manager' } } }).count()).toBe(
          await askNumber(
            "SELECT COUNT(*) FROM [Customer] JOIN [Employee] e ON e.[EmployeeId] = [Customer].[SupportRepId] JOIN [Employee] m ON m.[EmployeeId] = e.[ReportsTo] WHERE m.[Title] = 'Sales Manager'",
          ),
        );
      });

      it('35: in the order of, and with values of, other tables', async () => {
        const rows = await ask(
          'SELECT [Track].[TrackId], [Album].[ArtistId] FROM [Track] JOIN [Album] ON [Album].[AlbumId] = [Track].[AlbumId] ORDER BY [Album].[ArtistId] DESC, [Track].[TrackId] LIMIT 50',
        );
        const found = await Track.order('album.artistId', 'desc')
          .order('trackId')
          .limit(50)
          .pluck('trackId', 'album.artistId');
        expect(found.map((each) => each.map(text))).toEqual(rows);
        const eager = await Track.order('album.artistId', 'desc').order('trackId').limit(50).eagerLoad('album');
        expect(eager.map((track) => [track.trackId, track.album.value?.artistId].map(text))).toEqual(rows);
      });
    });
  });
