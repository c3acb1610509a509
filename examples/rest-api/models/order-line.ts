import { BaseModel, belongsTo, column, type Validations } from 'active-record-ts';
import { Order } from './order.ts';
import { Product } from './product.ts';

export class OrderLine extends BaseModel.with({
  id: column.id(),
  orderId: column.references('orders'),
  productId: column.references('products'),
  quantity: column.integer(),
  price: column.decimal(10, 2), // what the product cost when it was ordered
  get order() {
    return belongsTo(Order);
  },
  get product() {
    return belongsTo(Product);
  },
}) {
  static validations = {
    quantity: { numericality: { min: 1, max: 1000 } },
  } satisfies Validations<typeof OrderLine>;
}
