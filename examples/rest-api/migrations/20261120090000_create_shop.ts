import { column, Migration } from 'active-record-ts';

export default class CreateShop extends Migration {
  change() {
    this.createTable('customers', {
      id: column.id(),
      name: column.string(80),
      email: column.string(120).unique(),
      ...column.timestamps(),
    });
    this.createTable('products', {
      id: column.id(),
      sku: column.string(20).unique(),
      name: column.string(80),
      price: column.decimal(10, 2),
      stock: column.integer().default(0),
      ...column.timestamps(),
    });
    this.createTable('orders', {
      id: column.id(),
      customerId: column.references('customers'),
      state: column.enum(['open', 'shipped', 'cancelled']).default('open'),
      ...column.timestamps(),
    });
    this.createTable('order_lines', {
      id: column.id(),
      orderId: column.references('orders', { onDelete: 'cascade' }),
      productId: column.references('products'),
      quantity: column.integer(),
      price: column.decimal(10, 2),
    });
    this.addIndex('order_lines', ['orderId', 'productId'], { unique: true });
  }
}
