import { BaseModel, column, hasMany, type PermitList, type Validations } from 'active-record-ts';
import { Order } from './order.ts';

export class Customer extends BaseModel.with(
  {
    id: column.id(),
    name: column.string(80),
    email: column
      .string(120)
      .unique()
      .normalize((email) => email.trim().toLowerCase()),
    get orders() {
      return hasMany(Order, { dependent: 'restrict' });
    },
  },
  column.timestamps(),
) {
  static permitted = ['name', 'email'] as const satisfies PermitList<typeof Customer>;

  static validations = {
    name: { presence: true },
    email: { format: /^\S+@\S+$/, uniqueness: true },
  } satisfies Validations<typeof Customer>;
}
