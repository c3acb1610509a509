// The model that rows 1, 2 and 8 attack, with what is in its table.
import { BaseModel, column } from 'active-record-ts';

export class Secret extends BaseModel.with({
  id: column.id(),
  name: column.string().default(''),
  token: column.string().nullable(),
  role: column.string().default('user'),
  age: column.integer().nullable(),
  active: column.boolean().nullable(),
  price: column.decimal(10, 2).nullable(),
  at: column.datetime().nullable(),
  day: column.date().nullable(),
}) {}

export const tokens = [
  's3cret',
  '0',
  '1',
  'true',
  'false',
  '0abc',
  '00',
  'null',
  'NaN',
  '[object Object]',
  '1.5',
  null,
];
