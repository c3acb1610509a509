/** Sessions with what is encrypted or hashed on its way to the database, inside of a test's transaction. */
import {
  BaseModel,
  column,
  configureSecrets,
  connect,
  connections,
  createAll,
  disconnect,
  Session,
  sql,
} from 'active-record-ts';
import { inTestTransaction } from 'active-record-ts/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';

class Member extends BaseModel.with(
  {
    id: column.id(),
    email: column.string().encrypted({ deterministic: true }),
    note: column.text().nullable().encrypted(),
    authToken: column.secureToken(),
  },
  { ...column.securePassword() },
) {}

describeEachDatabase('a session with secrets', (database) => {
  beforeAll(async () => {
    configureSecrets({
      primaryKey: { passphrase: 'a long passphrase for tests', salt: 'sessions' },
      deterministicKey: { passphrase: 'another long passphrase', salt: 'sessions' },
      passwordCost: { ln: 10, r: 8, p: 1 },
    });
    await connect(database.url);
    await createAll([Member]);
  });
  afterAll(async () => {
    await disconnect();
  });

  it('writes them encrypted and hashed, in bulk, and nothing of it outlives the test', async () => {
    await inTestTransaction(async () => {
      const session = new Session();
      const members = Array.from({ length: 5 }, (_, index) =>
        session.add(
          new Member({ email: `m${index}@example.org`, note: `note ${index}`, password: `password ${index}` }),
        ),
      );
      await session.commit();
      const rows = await connections.get().query(sql`SELECT email, note, password_digest, auth_token FROM members`);
      expect(rows).toHaveLength(5);
      expect(JSON.stringify(rows)).not.toMatch(/example\.org|note \d|password \d/);
      expect(new Set(rows.map((row) => row.auth_token)).size).toBe(5);
      const [first] = members;
      if (first === undefined) throw new Error('there are five');
      expect(await session.query(Member).filterBy({ email: 'm0@example.org' }).one()).toBe(first);
      first.note = 'changed';
      await session.commit();
      const found = await Member.find(first.id);
      expect(found.note).toBe('changed');
      expect((await found.authenticate('password 0'))?.id).toBe(first.id);
      expect(await found.authenticate('password 1')).toBeNull();
      await session.close();
    });
    expect(await Member.count()).toBe(0);
  });
});
