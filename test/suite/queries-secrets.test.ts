/** What the statements of queries tell of sensitive columns. */
import { BaseModel, column, gt, lt } from 'active-record-ts';
import { expect, it } from 'vitest';
import { describeModels, emptyBeforeEach, statementsOf } from '../support/models.ts';

class Card extends BaseModel.with({
  id: column.id(),
  number: column.bigint().nullable().sensitive(),
  pin: column.integer().nullable().sensitive(),
}) {}

describeModels('queries about sensitive columns', [Card], () => {
  emptyBeforeEach('cards');

  it('do not have a number in their text that no row can hold', async () => {
    await Card.create({ number: 5n, pin: 6 });
    const [number, pin] = [777_777_777_777_777_777_777n, 7_777_777_777];
    const counts: number[] = [];
    const texts = await statementsOf(async () => {
      counts.push(await Card.where({ number }).count(), await Card.where({ pin }).count());
      counts.push(await Card.where({ number: lt(number) }).count(), await Card.where({ pin: gt(pin) }).count());
      counts.push(await Card.where({ number: gt(-number) }).count(), await Card.where({ pin: lt(-pin) }).count());
    });
    expect(counts).toEqual([0, 0, 1, 0, 1, 0]);
    expect(texts.filter((text) => text.includes('777'))).toEqual([]);
  });
});
