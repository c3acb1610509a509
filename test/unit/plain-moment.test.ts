import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeOfPlain } from '../../lib/types/plain-moment.ts';

const moments = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
});

describe('a moment as databases write it', () => {
  test('is what a Date says of it, with none to three digits of a second and zeros behind them', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 6 }), (date, digits) => {
        const unit = 10 ** Math.max(0, 3 - digits);
        const time = Math.floor(date.getTime() / unit) * unit;
        const text = new Date(time).toISOString().replace('T', ' ').slice(0, 23).concat('000');
        const written = text.slice(0, digits === 0 ? 19 : 20 + digits);
        expect(timeOfPlain(written)).toBe(time);
        expect(timeOfPlain(`${written}+00`)).toBe(time);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of every day from 1890 to 2110 is right', () => {
    for (let day = Date.UTC(1890, 0, 1); day < Date.UTC(2110, 0, 1); day += 86_400_000)
      expect(timeOfPlain(`${new Date(day).toISOString().slice(0, 10)} 00:00:00`)).toBe(day);
  });

  test.each([
    '2026-02-29 00:00:00',
    '2100-02-29 00:00:00',
    '2026-04-31 00:00:00',
    '2026-13-01 00:00:00',
    '2026-00-10 00:00:00',
    '2026-01-00 00:00:00',
    '0000-00-00 00:00:00',
    '2026-01-01 24:00:00',
    '2026-01-01 00:60:00',
    '2026-01-01 00:00:60',
    '2026-01-01 00:00:00.',
    '2026-01-01 00:00:00.000001',
    '2026-01-01 00:00:00.0000000',
    '2026-01-01 00:00:00.x',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01 00:00:00+01',
    '2026-01-01 00:00:00-00',
    '2026-01-01 00:00:00+00:00',
    '2026-01-01 00:00:00+00+00',
    '2026-01-01 00:00:0+00',
    '2026/01/01 00:00:00',
    '2026-01-01 00-00-00',
    '20x6-01-01 00:00:00',
    '2026-01-01 00:00:0/',
    '2026-01-01',
    '',
  ])('%s is left to the slower way', (text) => {
    expect(timeOfPlain(text)).toBeUndefined();
  });

  test('no text makes it throw, or gives what is no time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        const time = timeOfPlain(text);
        expect(time === undefined || new Date(time).toISOString().startsWith(text.slice(0, 10))).toBe(true);
      }),
    );
  });
});
