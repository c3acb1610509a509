/** A table whose plain columns become encrypted ones by migrations, with rows in it, and the way back. */
import { BaseModel, column, sql } from 'active-record-ts';
import { beforeEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { useMigrator } from '../support/migrator.ts';
import { schemaSnapshot } from '../support/schema-snapshot.ts';
import { useTestSecrets } from '../support/secrets.ts';

/** On the connection of a test. */
function onConnection<M extends { connectionName: string }>(model: M, name: string): M {
  model.connectionName = name;
  return model;
}

describeEachDatabase('encrypted columns', ({ dialect }) => {
  const m = useMigrator(dialect);
  beforeEach(() => useTestSecrets());

  it('take in the rows that are there, and all that they can hold', async () => {
    m.folder.add(
      '20260101000001_create_people',
      `change() {
    this.createTable('people', { id: column.id(), email: column.string(130).unique(), ssn: column.string(11).nullable() });
  }`,
    );
    await m.up();
    await m.connection.execute(sql`INSERT INTO people (email, ssn) VALUES (${'Zoë@x'}, ${'1'}), (${'b@x'}, ${null})`);
    const before = await schemaSnapshot(m.connection);
    m.folder.add(
      '20260101000002_encrypt_people',
      `change() {
    this.changeColumn('people', 'email', column.string(130).encrypted({ deterministic: true, supportUnencryptedData: true }),
      column.string(130));
    this.changeColumn('people', 'ssn', column.string(11).nullable().encrypted({ supportUnencryptedData: true }),
      column.string(11).nullable());
    this.addColumn('people', 'note', column.json().nullable().encrypted());
  }`,
    );
    await m.up();
    class Adopting extends BaseModel.with({
      id: column.id(),
      email: column.string(130).encrypted({ deterministic: true, supportUnencryptedData: true }).unique(),
      ssn: column.string(11).nullable().encrypted({ supportUnencryptedData: true }),
      note: column.json<string>().nullable().encrypted(),
    }) {
      static override tableName = 'people';
    }
    const adopting = onConnection(Adopting, m.connection.name);
    expect(await adopting.order('id').pluck('email', 'ssn')).toEqual([
      ['Zoë@x', '1'],
      ['b@x', null],
    ]);
    expect(await adopting.reencryptAll()).toMatchObject({ reencrypted: 2, failed: [] });
    m.folder.add(
      '20260101000003_all_are_encrypted',
      `change() {
    this.changeColumn('people', 'email', column.string(130).encrypted({ deterministic: true }),
      column.string(130).encrypted({ deterministic: true, supportUnencryptedData: true }));
  }`,
    );
    await m.up();
    class Adopted extends BaseModel.with({
      id: column.id(),
      email: column.string(130).encrypted({ deterministic: true }).unique(),
      ssn: column.string(11).nullable().encrypted(),
      note: column.json<string>().nullable().encrypted(),
    }) {
      static override tableName = 'people';
    }
    const people = onConnection(Adopted, m.connection.name);
    const longest = '\u{1F512}'.repeat(130);
    await people.create({ email: longest, ssn: '\u{1F512}'.repeat(11), note: 'n' });
    expect(await people.where({ email: ['Zoë@x', longest] }).count()).toBe(2);
    expect(await people.order('id').pluck('ssn')).toEqual(['1', null, '\u{1F512}'.repeat(11)]);
    const taken = await people.create({ email: 'b@x' }).catch((error: { code?: string }) => error.code);
    expect(taken).toBe('AR_RECORD_INVALID');
    await people.where({ email: longest }).deleteAll();
    await m.down();
    for (const person of await people.order('id')) {
      const [email, ssn] = [person.email, person.ssn];
      await m.connection.execute(sql`UPDATE people SET email = ${email}, ssn = ${ssn} WHERE id = ${person.id}`);
    }
    await m.down();
    expect(await schemaSnapshot(m.connection)).toEqual(before);
    expect(await m.connection.query(sql`SELECT email, ssn FROM people ORDER BY id`)).toEqual([
      { email: 'Zoë@x', ssn: '1' },
      { email: 'b@x', ssn: null },
    ]);
  });
});
