/** Random histories of one record, in and out of transactions, against a reference of plain objects. */
import { BaseModel, column, RecordDestroyed, Rollback, transaction } from 'active-record-ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeModels } from '../support/models.ts';

class Thing extends BaseModel.with({
  id: column.id(),
  name: column.string().default('none'),
  count: column.integer().default(0),
  active: column.boolean().default(false),
  data: column.json<{ list: number[] }>().default({ list: [] }),
  at: column.datetime().nullable(),
}) {}

const names = ['name', 'count', 'active', 'data', 'at'] as const;
type Name = (typeof names)[number];
type Values = Record<Name, unknown>;

const made = {
  name: (seed: number) => `n${seed}`,
  count: (seed: number) => seed,
  active: (seed: number) => seed % 2 === 1,
  data: (seed: number) => ({ list: [seed] }),
  at: (seed: number) => (seed === 0 ? null : new Date(seed * 86_400_000)),
};
const some = (name: Name, seed: number) => ({ [name]: made[name](seed) });

type Step =
  | { readonly kind: 'assign' | 'direct'; readonly name: Name; readonly seed: number }
  | { readonly kind: 'push'; readonly seed: number }
  | {
      readonly kind: 'save' | 'destroy' | 'increment' | 'toggle' | 'begin' | 'release' | 'rollback';
    };

// Few of them, so that a value is often assigned which is there already.
const seed = fc.nat({ max: 2 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('assign' as const), name: fc.constantFrom(...names), seed }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('direct' as const), name: fc.constantFrom(...names), seed }) },
  // In place, and never to what it was before.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('push' as const), seed }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'save' as const }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'begin' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'release' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('increment', 'toggle') }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'destroy' as const }) },
) as fc.Arbitrary<Step>;

/** One value of an attribute after the other. What a write has set belongs to its level; what was assigned stays. */
interface Layer {
  readonly value: unknown;
  readonly level: number | undefined;
}
interface Row {
  readonly isNew: boolean;
  readonly isDestroyed: boolean;
  readonly values: Values;
}

class Reference {
  readonly layers: Record<Name, Layer[]>;
  row: Row;
  readonly #levels: Row[] = [];

  constructor() {
    const values: Values = { name: 'none', count: 0, active: false, data: { list: [] }, at: null };
    this.row = { isNew: true, isDestroyed: false, values };
    const layer = (name: Name): Layer[] => [{ value: values[name], level: undefined }];
    this.layers = {
      name: layer('name'),
      count: layer('count'),
      active: layer('active'),
      data: layer('data'),
      at: layer('at'),
    };
  }

  get depth(): number {
    return this.#levels.length;
  }

  value(name: Name): unknown {
    return this.layers[name].at(-1)?.value;
  }

  get values(): Values {
    return Object.fromEntries(names.map((name) => [name, structuredClone(this.value(name))])) as Values;
  }

  isChanged(name: Name): boolean {
    return JSON.stringify(this.value(name)) !== JSON.stringify(this.row.values[name]);
  }

  assign(name: Name, value: unknown): void {
    this.layers[name].push({ value, level: undefined });
  }

  save(): void {
    this.row = { ...this.row, isNew: false, values: this.values };
  }

  direct(name: Name, value: unknown): void {
    this.row = { ...this.row, values: { ...this.row.values, [name]: structuredClone(value) } };
    this.layers[name].push({ value, level: this.depth === 0 ? undefined : this.depth });
  }

  begin(): void {
    this.#levels.push(this.row);
  }

  release(): void {
    const level = this.depth;
    this.#levels.pop();
    const outer = level === 1 ? undefined : level - 1;
    for (const name of names)
      this.layers[name] = this.layers[name].map((layer) =>
        layer.level === level ? { ...layer, level: outer } : layer,
      );
  }

  rollback(): void {
    const level = this.depth;
    this.row = this.#levels.pop() as Row;
    for (const name of names) this.layers[name] = this.layers[name].filter((layer) => layer.level !== level);
  }
}

function compare(thing: Thing, reference: Reference): void {
  const { isNew, isDestroyed, values } = reference.row;
  expect(thing.isNewRecord).toBe(isNew);
  expect(thing.isDestroyed).toBe(isDestroyed);
  if (isNew) expect(thing.id).toBeNull();
  else expect(thing.id).toEqual(expect.any(Number));
  expect(Object.fromEntries(names.map((name) => [name, thing[name]]))).toEqual(reference.values);
  if (isNew) return;
  expect(thing.changed).toEqual(names.filter((name) => reference.isChanged(name)));
  for (const name of thing.changed) expect(thing.attributeWas(name as Name)).toEqual(values[name as Name]);
}

async function take(thing: Thing, reference: Reference, step: Step): Promise<void> {
  const { isNew, isDestroyed } = reference.row;
  const hasRow = !isNew && !isDestroyed;
  switch (step.kind) {
    case 'assign':
      if (isDestroyed) {
        expect(() => thing.assign(some(step.name, step.seed))).toThrow(RecordDestroyed);
        return;
      }
      thing.assign(some(step.name, step.seed));
      return reference.assign(step.name, made[step.name](step.seed));
    case 'push': {
      const { list } = structuredClone(reference.value('data')) as { list: number[] };
      thing.data.list.push(step.seed);
      return reference.assign('data', { list: [...list, step.seed] });
    }
    case 'save':
      if (isDestroyed) return;
      await thing.save();
      return reference.save();
    case 'destroy':
      if (!hasRow) return;
      await thing.destroy();
      reference.row = { ...reference.row, isDestroyed: true };
      return;
    case 'direct':
      if (!hasRow) return;
      await thing.updateColumns(some(step.name, step.seed));
      return reference.direct(step.name, made[step.name](step.seed));
    case 'increment':
      if (!hasRow || reference.isChanged('count')) return;
      await thing.increment('count');
      return reference.direct('count', (reference.value('count') as number) + 1);
    case 'toggle':
      if (!hasRow || reference.isChanged('active')) return;
      await thing.toggle('active');
      return reference.direct('active', !(reference.value('active') as boolean));
    default:
  }
}

/** Runs steps to the end of the level that they are in. */
async function run(thing: Thing, reference: Reference, steps: Iterator<Step>): Promise<void> {
  for (;;) {
    const { done, value: step } = steps.next();
    if (done === true) return;
    if (step.kind === 'begin') {
      reference.begin();
      const depth = reference.depth;
      await transaction(async () => {
        await run(thing, reference, steps);
        if (reference.depth < depth) throw new Rollback();
      });
      // Not rolled back: the function came to its end.
      if (reference.depth === depth) reference.release();
    } else if (step.kind === 'release' || step.kind === 'rollback') {
      if (reference.depth === 0) continue;
      if (step.kind === 'rollback') reference.rollback();
      return;
    } else await take(thing, reference, step);
    compareAfter(thing, reference, step);
  }
}

function compareAfter(thing: Thing, reference: Reference, step: Step): void {
  try {
    compare(thing, reference);
  } catch (error) {
    throw new Error(`After ${JSON.stringify(step)}`, { cause: error });
  }
}

describeModels('a record through transactions', [Thing], () => {
  describe('in any order', () => {
    it('is what it would be if only that had happened which lasts', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30, size: 'max' }), async (steps) => {
          const [thing, reference] = [new Thing(), new Reference()];
          await run(thing, reference, steps.values());
          compare(thing, reference);
          if (reference.row.isDestroyed) {
            expect(await Thing.findBy({ id: thing.id })).toBeNull();
            return;
          }
          await thing.save();
          expect((await Thing.find(thing.id)).attributes).toEqual(thing.attributes);
          expect(thing.attributes).toMatchObject(reference.values);
        }),
        { seed: 20_261_120, numRuns: process.env.AR_TEST_LONG === undefined ? 120 : 3_000 },
      );
    });
  });
});
