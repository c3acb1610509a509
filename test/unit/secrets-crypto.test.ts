/** What secrets are made of: known answers, and what must not verify. */
import { createCipheriv, createHmac, hkdfSync, scryptSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { AttributeCipher } from '../../lib/secrets/attribute-cipher.ts';
import { envelopeLength, envelopeText, parseEnvelope, seal, unseal } from '../../lib/secrets/cipher.ts';
import { costsOtherwise, hashPassword, saltOf, verifyPassword } from '../../lib/secrets/password.ts';
import { randomToken } from '../../lib/secrets/random-token.ts';
import { configureSecrets } from '../../lib/secrets/registry.ts';
import { SecretKey } from '../../lib/secrets/secret-key.ts';
import { signMessage, verifyMessage } from '../../lib/secrets/signed-message.ts';
import { testKey, useTestSecrets } from '../support/secrets.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const place = { model: 'User', attribute: 'email', context: 'users.email', isDeterministic: true };

describe('AES-256-GCM', () => {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 15; the AAD is part of case 16.
  test.each([
    ['an empty text', '', '', '530f8afbc74536b9a963b4f1c4cb738b', '00'.repeat(32), '00'.repeat(12)],
    [
      'sixteen zeros',
      '00'.repeat(16),
      'cea7403d4d606b6e074ec5d3baf39d18',
      'd0d1c8a799996bf0265b98b5d48ab919',
      '00'.repeat(32),
      '00'.repeat(12),
    ],
    [
      'sixty-four bytes',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
      'b094dac5d93471bdec1a502270e3cc6c',
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
    ],
  ])('encrypts %s as the specification does', (_, plain, data, tag, key, nonce) => {
    const sealed = seal(hex(plain), hex(key), hex(nonce), '', 'key00000');
    expect(Buffer.from(sealed.data).toString('hex')).toBe(data);
    expect(Buffer.from(sealed.tag).toString('hex')).toBe(tag);
    expect(unseal(sealed, hex(key), '')?.toString('hex')).toBe(plain);
    expect(unseal(sealed, hex(key), 'another context')).toBeUndefined();
  });

  it('is given a key of its own, and nonces that follow from the content', () => {
    useTestSecrets();
    const text = new AttributeCipher(place).encrypt(Buffer.from('ada@example.org'));
    const master = Buffer.from(testKey('deterministic'), 'base64');
    const derived = (...use: string[]) =>
      Buffer.from(hkdfSync('sha256', master, '', `active-record-ts ${JSON.stringify(use)}`, 32));
    const context = '["ar1","deterministic","users.email"]';
    const length = Buffer.from([0, 0, 0, context.length]);
    const nonce = createHmac('sha256', derived('nonce', 'users.email'))
      .update(Buffer.concat([length, Buffer.from(`${context}ada@example.org`)]))
      .digest()
      .subarray(0, 12);
    const cipher = createCipheriv('aes-256-gcm', derived('attribute', 'deterministic', 'users.email'), nonce);
    cipher.setAAD(Buffer.from(context));
    const data = Buffer.concat([cipher.update('ada@example.org'), cipher.final()]);
    const id = createHmac('sha256', master).update('active-record-ts key id').digest('base64url').slice(0, 8);
    expect(text).toBe(`ar1.${id}.${Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64url')}`);
    // What was once written has to stay readable: this text must not change.
    expect(text).toBe('ar1.D1Z0S6KM.BETHpJSfmrwHd7XsuWYLL3U-3MBQ-W8czDnqyi3Dhh4my5cqPhWNz6PaEA');
  });

  it('does not open what was changed anywhere', () => {
    useTestSecrets();
    const cipher = new AttributeCipher({ ...place, isDeterministic: false });
    const text = cipher.encrypt(Buffer.from('secret'));
    expect(cipher.decrypt(text)?.content.toString()).toBe('secret');
    for (let at = 4; at < text.length; at++) {
      for (const other of ['A', 'B', '_', '.', '=', '']) {
        if (text[at] === other) continue;
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        expect(() => cipher.decrypt(changed), changed).toThrow('User.email cannot be decrypted');
      }
    }
  });

  it('knows how long its texts are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (content) => {
        const text = envelopeText(seal(content, Buffer.alloc(32, 1), Buffer.alloc(12), '', 'key00000'));
        expect(text.length).toBe(envelopeLength(content.length));
        expect(parseEnvelope(text)?.keyId).toBe('key00000');
      }),
    );
  });

  it('makes no two texts alike, of any content, unless they are deterministic', () => {
    useTestSecrets();
    const random = new AttributeCipher({ ...place, isDeterministic: false });
    const same = new AttributeCipher(place);
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        expect(random.encrypt(one)).not.toBe(random.encrypt(one));
        expect(same.encrypt(one) === same.encrypt(other)).toBe(Buffer.compare(one, other) === 0);
        expect(Buffer.compare(same.decrypt(same.encrypt(one))?.content ?? Buffer.of(1), one)).toBe(0);
      }),
    );
  });
});

describe('keys', () => {
  beforeEach(() => useTestSecrets());

  it('are 32 bytes in any form', () => {
    const bytes = Buffer.from(testKey('any'), 'base64');
    const forms = [
      bytes,
      new Uint8Array(bytes),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ];
    expect(new Set(forms.map((form) => new SecretKey(form, 'primaryKey').id)).size).toBe(1);
  });

  it('are derived from a passphrase, each with its salt', () => {
    const passphrase = 'correct horse battery staple';
    const ids = ['salt one', 'salt two', 'salt one'].map(
      (salt) => new SecretKey({ passphrase, salt }, 'primaryKey').id,
    );
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test.each([
    ['too short', 'c2hvcnQ='],
    ['no key', 'my secret'],
    ['empty', ''],
    ['zeros', '0'.repeat(64)],
    ['one byte over and over', Buffer.alloc(32, 7)],
    ['a number', 7],
    ['undefined', [undefined]],
    ['an empty list', []],
    ['a short passphrase', { passphrase: 'password', salt: 'some salt' }],
    ['a monotonous passphrase', { passphrase: 'aaaaaaaaaaaaaaaaaaaaaaaa', salt: 'some salt' }],
    ['no salt', { passphrase: 'correct horse battery staple' }],
  ])('are refused where they are none, or can be guessed: %s', (_, key) => {
    expect(() => configureSecrets({ primaryKey: key as never })).toThrow(
      expect.objectContaining({ code: 'AR_SECRETS_INVALID' }),
    );
  });

  it('are not told by messages and inspectors', () => {
    const key = new SecretKey(testKey('any'), 'primaryKey');
    key.derive('something');
    expect(inspect(key, { depth: 10, showHidden: true })).toBe(`SecretKey { id: '${key.id}' }`);
    expect(JSON.stringify(key)).toBe(JSON.stringify({ id: key.id }));
    try {
      configureSecrets({ primaryKey: 'my secret' });
    } catch (error) {
      expect(inspect(error)).not.toContain('my secret');
    }
  });

  it('are refused under a name that is none', () => {
    expect(() => configureSecrets({ primaryKeys: testKey('any') } as never)).toThrow('Did you mean "primaryKey"?');
    expect(() => configureSecrets({ passwordCost: { ln: 40, r: 8, p: 1 } })).toThrow('passwordCost');
    expect(() => configureSecrets({ passwordCost: { ln: 20, r: 8, p: 64 } })).toThrow('passwordCost');
  });
});

describe('passwords', () => {
  it('are hashed by scrypt, as RFC 7914 has it', async () => {
    const answer = scryptSync('pleaseletmein', 'SodiumChloride', 64, { N: 16_384, r: 8, p: 1 });
    expect(answer.toString('hex')).toMatch(/^7023bdcb3afd7348461c06cd81fd38eb/);
    // Of 32 bytes, the first half of the same answer: scrypt ends in PBKDF2, whose blocks have 32 bytes.
    const digest = `$scrypt$ln=14,r=8,p=1$${Buffer.from('SodiumChloride').toString('base64').replace(/=+$/, '')}$${answer
      .subarray(0, 32)
      .toString('base64')
      .replace(/=+$/, '')}`;
    expect(await verifyPassword('pleaseletmein', digest)).toBe(true);
    expect(await verifyPassword('pleaseletmeout', digest)).toBe(false);
  });

  it('have a salt each, their cost, and one form for all ways to type them', async () => {
    const cost = { ln: 2, r: 2, p: 1 };
    const [one, other] = [await hashPassword('Zoe\u0308', cost), await hashPassword('Zo\u00EB', cost)];
    expect(one).toMatch(/^\$scrypt\$ln=2,r=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(other);
    expect(saltOf(one)).not.toBe(saltOf(other));
    expect(await verifyPassword('Zo\u00EB', one)).toBe(true);
    expect(await verifyPassword('Zoe', one)).toBe(false);
    expect(costsOtherwise(one, cost)).toBe(false);
    expect(costsOtherwise(one, { ...cost, ln: 3 })).toBe(true);
  });

  it('do not verify against what is no digest, or would cost too much', async () => {
    const digest = await hashPassword('x', { ln: 1, r: 1, p: 1 });
    const others = ['', 'x', '$2a$10$abc', digest.slice(0, -1), `${digest}A`, digest.replace('ln=1', 'ln=31')];
    for (const cost of ['ln=20,r=8,p=64', 'ln=1,r=1,p=0', 'ln=23,r=1,p=9'])
      others.push(digest.replace('ln=1,r=1,p=1', cost));
    for (const other of others) expect(await verifyPassword('x', other), other).toBe(false);
    expect(await verifyPassword('x'.repeat(5000), digest)).toBe(false);
  });
});

describe('random tokens', () => {
  it('are of letters and digits that are not taken for each other, all of them as often', () => {
    const text = Array.from({ length: 400 }, () => randomToken(58)).join('');
    const counts = new Map<string, number>();
    for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect([...counts.keys()].sort().join('')).toBe('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz');
    // 400 of each are expected; ten standard deviations to either side.
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(200);
    expect(randomToken(24)).toHaveLength(24);
  });
});

describe('signed messages', () => {
  beforeEach(() => useTestSecrets());
  const use = ['kind', 'users', 'purpose'];

  it('say what was signed, for that use only', () => {
    const message = signMessage([1, 'x'], use, 'A token');
    expect(verifyMessage(message, use, 'A token')).toEqual([1, 'x']);
    expect(message).toBe('ar1.WzEsIngiXQ.kGyqEYhf6PU5NhQmvizYH5xz8Uihuub_aOnm1Fe7W68');
    for (const other of [['kind', 'users', 'other'], ['kind', 'users'], ['kind', 'userspurpose'], []])
      expect(verifyMessage(message, other, 'A token')).toBeUndefined();
  });

  it('verify with every secret, and not with others', () => {
    const message = signMessage(1, use, 'A token');
    useTestSecrets({ tokenSecret: [testKey('new'), testKey('tokens')] });
    expect(verifyMessage(message, use, 'A token')).toBe(1);
    expect(signMessage(1, use, 'A token')).not.toBe(message);
    useTestSecrets({ tokenSecret: testKey('new') });
    expect(verifyMessage(message, use, 'A token')).toBeUndefined();
  });

  it('do not verify with one character changed, added or left out', () => {
    const message = signMessage([1, null], use, 'A token');
    const others = ['A', 'B', 'z', '9', '_', '-', '.', '=', ' ', '\0', '\u00E9', ''];
    for (let at = 0; at <= message.length; at++) {
      for (const other of others) {
        for (const changed of [
          message.slice(0, at) + other + message.slice(at + 1),
          message.slice(0, at) + other + message.slice(at),
        ])
          if (changed !== message) expect(verifyMessage(changed, use, 'A token'), changed).toBeUndefined();
      }
    }
  });

  it.each([undefined, null, 7, '', '.', '..', 'ar1', 'ar1..', 'ar1.e30.', {}, [], 'x'.repeat(100_000)])(
    'do not verify where they are none (%#)',
    (message) => expect(verifyMessage(message, use, 'A token')).toBeUndefined(),
  );
});
