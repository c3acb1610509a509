import { InvalidQuery } from '../errors/query.ts';

/** What a factory and those with traits of it share. */
export interface Sequence {
  /** The name of the model. */
  readonly owner: string;
  /** Of the last record. */
  n: number;
  /** How many of its records are being made, each for another one. */
  underWay: number;
}

/** More than this many, each for the one before, are taken for a circle. */
const deepest = 100;

/** The models of the records that are being made, the innermost last. */
const making: string[] = [];

/** @throws InvalidQuery (`AR_QUERY_INVALID`) where what `make` makes needs another one of it, and that again */
export function withoutEnd<T>(sequence: Sequence, make: () => T): T {
  const { owner } = sequence;
  if (sequence.underWay >= deepest) {
    const circle = [...making.slice(making.lastIndexOf(owner)), owner].join(' → ');
    throw new InvalidQuery(`Factories make records for one another without end: ${circle}.`, {
      hint: 'Have one of them leave the other out: give the association as undefined, or as the record that it is for.',
    });
  }
  sequence.underWay++;
  making.push(owner);
  try {
    return make();
  } finally {
    making.pop();
    sequence.underWay--;
  }
}
