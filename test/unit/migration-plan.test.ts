import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MigrationMissing } from '../../lib/errors/migration.ts';
import type { MigrationFile } from '../../lib/migrations/files/source.ts';
import type { LedgerEntry } from '../../lib/migrations/ledger.ts';
import { filesToRollBack, pendingFiles, statuses } from '../../lib/migrations/plan.ts';

const file = (version: string): MigrationFile => ({ version, name: 'n', className: 'N', path: `${version}_n.ts` });
const entry = (version: string): LedgerEntry => ({ version, name: 'n', appliedAt: new Date(0) });

describe('the plan of a migrator', () => {
  it('is every file that the database has not run, also an older one', () => {
    expect(pendingFiles([file('1'), file('2'), file('3')], [entry('1'), entry('3')])).toEqual([file('2')]);
  });

  it('undoes in the reverse of the order of running', () => {
    const entries = [entry('1'), entry('3'), entry('2')];
    const files = [file('1'), file('2'), file('3')];
    expect(filesToRollBack(files, entries, 2)).toEqual([file('2'), file('3')]);
    expect(filesToRollBack(files, entries, 9)).toEqual([file('2'), file('3'), file('1')]);
    expect(filesToRollBack(files, [], 1)).toEqual([]);
  });

  it('needs the files of those that it undoes, and no others', () => {
    const entries = [entry('1'), entry('2')];
    expect(filesToRollBack([file('2')], entries, 1)).toEqual([file('2')]);
    expect(() => filesToRollBack([file('2')], entries, 2)).toThrow(MigrationMissing);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to undo %s of them', (steps) => {
    expect(() => filesToRollBack([file('1')], [entry('1')], steps)).toThrow(/a whole number from 1 up/);
  });

  it('tells of every migration once, and of each what is so', () => {
    const versions = fc.uniqueArray(fc.stringMatching(/^[0-9]{14}$/));
    fc.assert(
      fc.property(versions, versions, (files, entries) => {
        const all = statuses(files.toSorted().map(file), entries.map(entry));
        expect(all.map(({ version }) => version)).toEqual([...new Set([...files, ...entries])].toSorted());
        for (const { version, state } of all) {
          expect(state === 'pending').toBe(!entries.includes(version));
          expect(state === 'missing').toBe(!files.includes(version));
        }
      }),
    );
  });
});
