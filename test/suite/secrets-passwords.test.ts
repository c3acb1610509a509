/** Passwords: what is kept of them, how they are verified, and what is refused. */
import { createHook } from 'node:async_hooks';
import { inspect } from 'node:util';
import { BaseModel, column, connections, hasMany, not, Rollback, sql, transaction } from 'active-record-ts';
import { beforeEach, expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, errorBeforeSending, errorOf, statementsOf } from '../support/models.ts';
import { useTestSecrets } from '../support/secrets.ts';

const log: string[] = [];

class Login extends BaseModel.with(
  {
    id: column.id(),
    email: column.string(),
    get keys() {
      return hasMany(LoginKey);
    },
  },
  { ...column.securePassword(), ...column.securePassword('pin', { optional: true }) },
) {
  override beforeSave() {
    log.push(`before ${this.passwordDigest === null ? 'without' : 'with'} digest`);
  }
}
class LoginKey extends BaseModel.with({
  id: column.id(),
  loginId: column.references('logins'),
  name: column.string(),
}) {}
class PlainLogin extends BaseModel.with({ id: column.id(), email: column.string(), ...column.securePassword() }) {}

describeModels('passwords', [Login, LoginKey, PlainLogin], () => {
  emptyBeforeEach('login_keys', 'logins', 'plain_logins');
  beforeEach(() => {
    useTestSecrets();
    log.length = 0;
  });

  it('are hashed when the record is saved, and forgotten then', async () => {
    const login = new PlainLogin({ email: 'a', password: 'sesame', passwordConfirmation: 'sesame' });
    expect(login.passwordDigest).toBeNull();
    await login.save();
    expect(login.passwordDigest).toMatch(/^\$scrypt\$ln=1,r=1,p=1\$/);
    expect([login.password, login.passwordConfirmation]).toEqual([null, null]);
    expect(login.changed).toEqual([]);
    expect(inspect(login.previousChanges)).not.toContain('sesame');
    expect(await (await PlainLogin.find(login.id)).authenticate('sesame')).toMatchObject({ id: login.id });
    expect(await login.authenticate('sesame')).toBe(login);
    expect(await login.authenticate('Sesame')).toBeNull();
    const rows = JSON.stringify(await connections.get().query(sql`SELECT * FROM plain_logins`));
    expect(rows).not.toContain('sesame');
  });

  it('are changed with the next save, and by nothing else', async () => {
    const login = await PlainLogin.create({ email: 'a', password: 'one' });
    const { passwordDigest } = login;
    await login.update({ email: 'b' });
    await login.update({ password: '' });
    await login.update({ password: null });
    expect(login.passwordDigest).toBe(passwordDigest);
    const texts = await statementsOf(() => login.update({ password: 'two' }));
    expect(texts).toHaveLength(1);
    expect(await login.authenticate('two')).toBe(login);
    expect(await login.authenticate('one')).toBeNull();
    await login.update({ password: 'two' });
    expect(await (await PlainLogin.find(login.id)).authenticate('two')).not.toBeNull();
  });

  it('have to be there, to be repeated, and not to be endless', async () => {
    const missing = new PlainLogin({ email: 'a' });
    expect((await errorBeforeSending(() => missing.save())).message).toContain("Password can't be blank");
    expect(missing.errors.toJSON()).toEqual({ password: ["can't be blank"] });
    const other = new PlainLogin({ email: 'a', password: 'one', passwordConfirmation: 'two' });
    expect(await other.isValid()).toBe(false);
    expect(other.errors.toJSON()).toEqual({ passwordConfirmation: ["doesn't match Password"] });
    const long = new PlainLogin({ email: 'a', password: '\u00E9'.repeat(2049) });
    expect(await long.isValid()).toBe(false);
    expect(long.errors.on('password')[0]).toContain('4096');
    expect(await new PlainLogin({ email: 'a', password: 'x' }).isValid()).toBe(true);
    expect((await errorOf(() => long.save({ validate: false }))).code).toBe('AR_VALUE_INVALID');
    await PlainLogin.create({ email: 'a', passwordDigest: 'made elsewhere' });
  });

  it('work among callbacks and associated records, and twice in a model', async () => {
    const login = await Login.create({
      email: 'a',
      password: 'sesame',
      pin: '1234',
      keys: [new LoginKey({ name: 'k' })],
    });
    expect(log).toEqual(['before without digest']);
    expect(await login.keys.count()).toBe(1);
    expect(await login.authenticate('sesame')).toBe(login);
    expect(await login.authenticate('1234', 'pin')).toBe(login);
    expect(await login.authenticate('1234', 'password')).toBeNull();
    const noPin = await Login.create({ email: 'b', password: 'x' });
    expect(noPin.pinDigest).toBeNull();
    expect(await noPin.authenticate('', 'pin')).toBeNull();
    await login.update({ pin: '5678' });
    expect(await (await Login.find(login.id)).authenticate('5678', 'pin')).not.toBeNull();
    expect((await errorOf(() => login.authenticate('x', 'pins' as never))).code).toBe('AR_QUERY_INVALID');
  });

  it('come back with a rollback, so that the save can be done again', async () => {
    const login = await PlainLogin.create({ email: 'a', password: 'one' });
    await transaction(async () => {
      await login.update({ password: 'two' });
      expect(login.password).toBeNull();
      throw new Rollback();
    });
    expect(login.password).toBe('two');
    expect(await (await PlainLogin.find(login.id)).authenticate('one')).not.toBeNull();
    await login.save();
    expect(await (await PlainLogin.find(login.id)).authenticate('two')).not.toBeNull();
  });

  it('that are assigned while a save is under way wait for the next', async () => {
    const login = await PlainLogin.create({ email: 'a', password: 'one' });
    login.password = 'two';
    const saving = login.save();
    login.password = 'three';
    await saving;
    await login.save();
    expect(await (await PlainLogin.find(login.id)).authenticate('three')).not.toBeNull();
    expect(login.password).toBeNull();
  });

  it('find their record, in one go', async () => {
    const login = await PlainLogin.create({ email: 'a', password: 'sesame' });
    expect((await PlainLogin.authenticateBy({ email: 'a', password: 'sesame' }))?.id).toBe(login.id);
    expect(await PlainLogin.authenticateBy({ email: 'a', password: 'other' })).toBeNull();
    expect(await PlainLogin.authenticateBy({ email: 'b', password: 'sesame' })).toBeNull();
    expect(await PlainLogin.authenticateBy({ email: 'a', password: '' })).toBeNull();
    const refused: [() => unknown, string][] = [
      [() => PlainLogin.authenticateBy({ email: 'a' }), 'AR_QUERY_INVALID'],
      [() => PlainLogin.authenticateBy({ password: 'sesame' }), 'AR_QUERY_INVALID'],
      [() => PlainLogin.authenticateBy({ email: 'a', password: { $ne: null } as never }), 'AR_VALUE_INVALID'],
      [() => PlainLogin.authenticateBy({ email: { $ne: null } as never, password: 'x' }), 'AR_VALUE_INVALID'],
      [() => PlainLogin.authenticateBy({ email: ['a', 'b'] as never, password: 'sesame' }), 'AR_VALUE_INVALID'],
      [() => PlainLogin.authenticateBy({ email: not('b') as never, password: 'sesame' }), 'AR_VALUE_INVALID'],
      [() => PlainLogin.authenticateBy(null as never), 'AR_QUERY_INVALID'],
      [() => login.authenticate(undefined as never), 'AR_VALUE_INVALID'],
      [() => new LoginKey().authenticate('x' as never), 'AR_QUERY_INVALID'],
    ];
    for (const [refuse, code] of refused) expect((await errorBeforeSending(refuse)).code).toBe(code);
  });

  it('are hashed as often, whether there is a record or not', async () => {
    await PlainLogin.create({ email: 'a', password: 'sesame' });
    await new PlainLogin({ email: 'b', passwordDigest: '$2a$10$of.another.library' }).save();
    let hashed = 0;
    const hook = createHook({ init: (_, type) => void (type === 'SCRYPTREQUEST' && hashed++) }).enable();
    const counts: number[] = [];
    for (const email of ['a', 'b', 'nobody']) {
      for (const password of ['sesame', 'other', 'x'.repeat(5000)]) {
        hashed = 0;
        await PlainLogin.authenticateBy({ email, password });
        counts.push(hashed);
      }
    }
    hook.disable();
    expect(counts).toEqual(counts.map(() => 1));
  });

  it('tell when they were hashed at another cost', async () => {
    const login = await PlainLogin.create({ email: 'a', password: 'sesame' });
    expect(login.needsRehash()).toBe(false);
    useTestSecrets({ passwordCost: { ln: 2, r: 1, p: 1 } });
    expect(login.needsRehash()).toBe(true);
    expect(await login.authenticate('sesame')).toBe(login);
    await login.update({ password: 'sesame' });
    expect(login.needsRehash()).toBe(false);
  });

  it('are reset by a token that is of use once', async () => {
    const login = await PlainLogin.create({ email: 'a', password: 'old' });
    const token = PlainLogin.tokenFor(login, 'passwordReset');
    const found = await PlainLogin.findByTokenOrFail('passwordReset', token);
    await found.update({ password: 'new' });
    expect(await PlainLogin.findByToken('passwordReset', token)).toBeNull();
    const pins = await Login.create({ email: 'a', password: 'x', pin: '1' });
    expect((await Login.findByToken('pinReset', Login.tokenFor(pins, 'pinReset')))?.id).toBe(pins.id);
    expect(await Login.findByToken('passwordReset', Login.tokenFor(pins, 'pinReset'))).toBeNull();
  });

  it('are not declared in halves', async () => {
    class Half extends BaseModel.with({
      id: column.id(),
      passwordDigest: column.securePassword().passwordDigest,
    }) {}
    expect(await errorOf(() => Half.authenticateBy({ id: 1 }))).toMatchObject({ code: 'AR_DEFINITION_INVALID' });
  });
});
