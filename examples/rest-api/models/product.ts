import { BaseModel, column, hasMany, type PermitList, type Validations } from 'active-record-ts';
import { OrderLine } from './order-line.ts';

export class Product extends BaseModel.with(
  {
    id: column.id(),
    sku: column
      .string(20)
      .unique()
      .normalize((sku) => sku.trim().toUpperCase()),
    name: column.string(80),
    price: column.decimal(10, 2), // text, with all its digits
    stock: column.integer().default(0),
    get lines() {
      return hasMany(OrderLine, { dependent: 'restrict' });
    },
  },
  column.timestamps(),
) {
  static permitted = ['sku', 'name', 'price', 'stock'] as const satisfies PermitList<typeof Product>;

  static validations = {
    sku: { format: /^[A-Z0-9-]+$/, uniqueness: true },
    name: { presence: true },
    price: { numericality: { min: 0 } },
    stock: { numericality: { min: 0 } },
  } satisfies Validations<typeof Product>;
}
