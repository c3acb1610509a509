import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { assertQueries } from 'active-record-ts/testing';
import { Product } from '../models/product.ts';
import { placeOrder } from '../orders.ts';
import { app, closeShop, fillShop, openShop, send } from './shop.ts';

let shop: Awaited<ReturnType<typeof fillShop>>;
before(openShop);
beforeEach(async () => {
  shop = await fillShop();
});
after(closeShop);

test('a product is created, and its values are normalized', async () => {
  const { status } = await send('POST', '/products', { sku: ' pot-1 ', name: 'Pot', price: '30', stock: '4' });
  assert.equal(status, 201);
  const pot = await Product.findByOrFail({ sku: 'pot-1' });
  assert.deepEqual([pot.name, pot.price, pot.stock], ['Pot', '30.00', 4]);
});

test('what is wrong is told at once, by attribute, with 422', async () => {
  const { status, body } = await send('POST', '/products', { sku: 'TEA', price: '-1' });
  assert.equal(status, 422);
  assert.equal(body.code, 'AR_RECORD_INVALID');
  assert.deepEqual(body.errors, {
    name: ["can't be blank"],
    price: ['must be greater than or equal to 0'],
    sku: ['has already been taken'],
  });
});

test('what is no value of an attribute is a bad request', async () => {
  const { status, body } = await send('POST', '/products', { sku: 'POT', name: 'Pot', price: { gt: 0 } });
  assert.equal(status, 400);
  assert.equal(body.code, 'AR_VALUE_INVALID');
});

test('an id is of digits only, and what is not there is 404', async () => {
  for (const id of ['abc', '1e0', '0x1', '%201', '1.0', '-1', '99999999999999999999']) {
    for (const path of [`/products/${id}`, `/orders/${id}`, `/customers/${id}`, `/orders?customer=${id}`]) {
      const { status, body } = await send('GET', path);
      assert.deepEqual([path, status, body.code], [path, 400, 'BAD_REQUEST']);
    }
  }
  const { status, body } = await send('GET', '/products/999999999999');
  assert.deepEqual([status, body.message], [404, 'There is no Product with id 999999999999.']);
});

test('a body that is no JSON is a bad request, and not a mistake of the server', async () => {
  const headers = { 'content-type': 'application/json' };
  const answer = await app.inject({ method: 'POST', url: '/products', headers, payload: '{bad' });
  assert.equal(answer.statusCode, 400);
  assert.match(answer.json().code, /^FST_/);
});

test('a body cannot set what is not permitted', async () => {
  const { status } = await send('PATCH', `/products/${shop.tea.id}`, {
    name: 'Green tea',
    id: 99,
    createdAt: '2000-01-01',
  });
  assert.equal(status, 200);
  const tea = await Product.find(shop.tea.id);
  assert.deepEqual([tea.name, tea.createdAt], ['Green tea', shop.tea.createdAt]);
});

test('products come by cursor, in one statement for a page', async () => {
  const first = await assertQueries(1, () => send('GET', '/products?limit=1'));
  assert.deepEqual(
    first.body.products.map((product: Product) => product.name),
    ['Cup'],
  );
  const second = await send('GET', `/products?limit=1&after=${encodeURIComponent(first.body.next)}`);
  assert.deepEqual(
    second.body.products.map((product: Product) => product.name),
    ['Tea'],
  );
  assert.equal(second.body.next, null);
});

test('a forged cursor is a bad request', async () => {
  const { status } = await send('GET', '/products?after=forged');
  assert.equal(status, 400);
});

test('a product that is not there is 404', async () => {
  const { status, body } = await send('GET', '/products/999');
  assert.equal(status, 404);
  assert.equal(body.code, 'AR_RECORD_NOT_FOUND');
});

test('a product that was ordered is not deleted', async () => {
  await placeOrder({ customerId: shop.ada.id, linesAttributes: [{ productId: shop.tea.id, quantity: 1 }] });
  assert.equal((await send('DELETE', `/products/${shop.tea.id}`)).status, 409);
  assert.equal((await send('DELETE', `/products/${shop.cup.id}`)).status, 204);
  assert.equal(await Product.count(), 1);
});

test('JSON that is none stays a bad request of Fastify', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/products',
    headers: { 'content-type': 'application/json' },
    payload: '{',
  });
  assert.equal(answer.statusCode, 400);
});
