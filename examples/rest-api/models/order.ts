import { BaseModel, belongsTo, column, hasMany, type Validations } from 'active-record-ts';
import { Customer } from './customer.ts';
import { OrderLine } from './order-line.ts';

export class Order extends BaseModel.with(
  {
    id: column.id(),
    customerId: column.references('customers'),
    state: column.enum(['open', 'shipped', 'cancelled'], { scopes: true }).default('open'),
    get customer() {
      return belongsTo(Customer);
    },
    get lines() {
      return hasMany(OrderLine, { dependent: 'destroy', order: 'id', nested: { limit: 50 } });
    },
  },
  column.timestamps(),
) {
  static validations = {
    lines: { presence: true, associated: true, on: 'create' },
  } satisfies Validations<typeof Order>;
}
