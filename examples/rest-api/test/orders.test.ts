import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { assertQueries, recordQueries } from 'active-record-ts/testing';
import { Order } from '../models/order.ts';
import { OrderLine } from '../models/order-line.ts';
import { placeOrder } from '../orders.ts';
import { closeShop, fillShop, openShop, send } from './shop.ts';

let shop: Awaited<ReturnType<typeof fillShop>>;
before(openShop);
beforeEach(async () => {
  shop = await fillShop();
});
after(closeShop);

const stocks = async () => [(await shop.tea.reload()).stock, (await shop.cup.reload()).stock];

test('an order takes its products out of the stock, at the price of that moment', async () => {
  const { status, body } = await send('POST', '/orders', {
    customerId: shop.ada.id,
    linesAttributes: [
      { productId: shop.tea.id, quantity: 3 },
      { productId: shop.cup.id, quantity: '2' },
    ],
  });
  assert.equal(status, 201);
  assert.deepEqual([body.state, body.customer], ['open', { name: 'Ada' }]);
  assert.deepEqual(body.lines, [
    { quantity: 3, price: '4.50', product: { sku: 'TEA', name: 'Tea' } },
    { quantity: 2, price: '12.00', product: { sku: 'CUP', name: 'Cup' } },
  ]);
  assert.deepEqual(await stocks(), [7, 0]);
});

test('an order of more than there is changes nothing: 422, and the transaction is rolled back', async () => {
  const { status, body } = await send('POST', '/orders', {
    customerId: shop.ada.id,
    linesAttributes: [
      { productId: shop.tea.id, quantity: 1 },
      { productId: shop.cup.id, quantity: 3 },
    ],
  });
  assert.equal(status, 422);
  assert.deepEqual(body.errors, { lines: ['ask for 3 of CUP: there are 2'] });
  assert.deepEqual(await stocks(), [10, 2]);
  assert.deepEqual([await Order.count(), await OrderLine.count()], [0, 0]);
});

test('what is wrong with a line is an error of the order', async () => {
  const order = { customerId: shop.ada.id, linesAttributes: [{ productId: shop.tea.id, quantity: 0 }] };
  const { status, body } = await send('POST', '/orders', order);
  assert.equal(status, 422);
  assert.deepEqual(body.errors, { lines: ['Quantity must be greater than or equal to 1'] });
});

test('an order needs a customer and a line', async () => {
  const { status, body } = await send('POST', '/orders', {});
  assert.equal(status, 422);
  assert.deepEqual(Object.keys(body.errors).sort(), ['customerId', 'lines']);
});

test('a product or customer that is not there is an error of the order, not of the server', async () => {
  const lines = [{ productId: 999, quantity: 1 }];
  const { status, body } = await send('POST', '/orders', { customerId: shop.ada.id, linesAttributes: lines });
  assert.deepEqual([status, body.errors], [422, { lines: ['name the product 999, which there is not'] }]);
  const stray = { customerId: 999, linesAttributes: [{ productId: shop.tea.id, quantity: 1 }] };
  assert.equal((await send('POST', '/orders', stray)).status, 422);
  assert.deepEqual(await stocks(), [10, 2]);
});

test('of orders at the same time, no more are served than there is', async () => {
  const order = { customerId: shop.ada.id, linesAttributes: [{ productId: shop.cup.id, quantity: 1 }] };
  const answers = await Promise.all([1, 2, 3, 4].map(() => send('POST', '/orders', order)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 422, 422]);
  assert.deepEqual(await stocks(), [10, 0]);
});

test('a list of orders costs as many statements as there are tables, however many orders', async () => {
  const lines = [shop.tea, shop.cup].map(({ id }) => ({ productId: id, quantity: 1 }));
  await placeOrder({ customerId: shop.ada.id, linesAttributes: lines });
  // One to count, and one for orders, customers, lines and products each.
  const one = await assertQueries(5, () => send('GET', '/orders'));
  assert.equal(one.body.total, 1);

  for (let n = 0; n < 8; n++) {
    await placeOrder({ customerId: shop.ada.id, linesAttributes: [{ productId: shop.tea.id, quantity: 1 }] });
  }
  const nine = await assertQueries(5, () => send('GET', '/orders'));
  assert.equal(nine.body.orders.length, 9);
});

test('orders come page by page, the newest first', async () => {
  const keys: number[] = [];
  for (let n = 0; n < 5; n++) {
    const order = await placeOrder({
      customerId: shop.ada.id,
      linesAttributes: [{ productId: shop.tea.id, quantity: 1 }],
    });
    keys.unshift(order.id);
  }
  const { body } = await send('GET', '/orders?page=2&perPage=2');
  assert.deepEqual([body.page, body.pages, body.total], [2, 3, 5]);
  assert.deepEqual(
    body.orders.map((order: Order) => order.id),
    keys.slice(2, 4),
  );
  assert.deepEqual((await send('GET', `/orders?customer=${shop.ada.id + 1}`)).body.orders, []);
});

test('one order costs four statements', async () => {
  const order = await placeOrder({
    customerId: shop.ada.id,
    linesAttributes: [{ productId: shop.tea.id, quantity: 1 }],
  });
  const { result, statements } = await recordQueries(() => send('GET', `/orders/${order.id}`));
  assert.equal(result.status, 200);
  assert.equal(statements.length, 4);
});

test('an order is cancelled once, and its products are back', async () => {
  const lines = [{ productId: shop.cup.id, quantity: 2 }];
  const order = await placeOrder({ customerId: shop.ada.id, linesAttributes: lines });
  assert.deepEqual(await stocks(), [10, 0]);

  const answers = await Promise.all([1, 2].map(() => send('POST', `/orders/${order.id}/cancel`)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422]);
  assert.deepEqual(await stocks(), [10, 2]);
});

test('a customer shows how many orders there are', async () => {
  await placeOrder({ customerId: shop.ada.id, linesAttributes: [{ productId: shop.tea.id, quantity: 1 }] });
  const { body } = await assertQueries(1, () => send('GET', `/customers/${shop.ada.id}`));
  assert.equal(body.ordersCount, 1);
});

test('a customer of an e-mail address that is taken, in other letters, is 422', async () => {
  const { status, body } = await send('POST', '/customers', { name: 'Eve', email: ' ADA@example.org' });
  assert.equal(status, 422);
  assert.deepEqual(body.errors, { email: ['has already been taken'] });
});
