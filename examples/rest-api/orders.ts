import { RecordInvalid, untrusted } from 'active-record-ts';
import { Order } from './models/order.ts';
import { Product } from './models/product.ts';

/**
 * Makes an order of a request's body, and takes what is ordered out of the stock: all of it or nothing.
 *
 * @throws RecordInvalid with what is wrong, for the whole order at once
 */
export async function placeOrder(body: unknown): Promise<Order> {
  const allowed = Order.permit(untrusted(body), ['customerId', { linesAttributes: ['productId', 'quantity'] }]);
  const order = new Order().assign(allowed);
  await Order.transaction(async () => {
    const lines = await order.lines;
    // Locked by key: two orders that locked the same products in different orders would end in a deadlock.
    const keys = lines.map((line) => line.productId);
    const products = await Product.where({ id: keys }).order('id').lock();
    const problems: string[] = [];
    for (const line of lines) {
      const product = products.find(({ id }) => id === line.productId);
      line.price = product?.price ?? '0.00';
      if (product === undefined) problems.push(`name the product ${line.productId}, which there is not`);
      else if (product.stock < line.quantity)
        problems.push(`ask for ${line.quantity} of ${product.sku}: there are ${product.stock}`);
      else product.stock -= line.quantity;
    }
    await order.validate();
    for (const problem of problems) order.errors.add('lines', problem);
    if (!order.errors.isEmpty) throw new RecordInvalid('Order', order, order.errors);
    await order.save();
    for (const product of products) await product.save();
  });
  return order;
}

/** Cancels an open order, and puts its products back. Of two who cancel it at the same time, one is told that it is not open. */
export async function cancelOrder(id: number): Promise<void> {
  const order = await Order.find(id);
  await order.withLock(async () => {
    if (!order.isOpen()) {
      order.errors.add('state', `is ${order.state}: only open orders are cancelled`);
      throw new RecordInvalid('Order', order, order.errors);
    }
    for (const line of await order.lines) await Product.updateCounters(line.productId, { stock: line.quantity });
    await order.update({ state: 'cancelled' });
  });
}
