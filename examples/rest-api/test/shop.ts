import { resolve } from 'node:path';
import { connect, connections, migrate } from 'active-record-ts';
import { buildApp } from '../app.ts';
import { Customer } from '../models/customer.ts';
import { Order } from '../models/order.ts';
import { OrderLine } from '../models/order-line.ts';
import { Product } from '../models/product.ts';

export const app = buildApp();

/** The database of the tests, with the tables that the migrations make: DATABASE_URL, or SQLite in memory. */
export async function openShop(): Promise<void> {
  const connection = await connect(process.env.DATABASE_URL ?? 'sqlite::memory:');
  await migrate({ connection, folder: resolve('migrations') });
}

/** Every test begins with these rows, and no others. */
export async function fillShop(): Promise<{ ada: Customer; tea: Product; cup: Product }> {
  for (const model of [OrderLine, Order, Product, Customer]) await model.deleteAll({ everyRow: true });
  const ada = await Customer.create({ name: 'Ada', email: 'ada@example.org' });
  const tea = await Product.create({ sku: 'TEA', name: 'Tea', price: '4.50', stock: 10 });
  const cup = await Product.create({ sku: 'CUP', name: 'Cup', price: '12.00', stock: 2 });
  return { ada, tea, cup };
}

export async function closeShop(): Promise<void> {
  await app.close();
  await connections.closeAll();
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the API has answered
  readonly body: any;
}

/** Sends a request to the API, without a network. */
export async function send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: object): Promise<Answer> {
  const answer = await app.inject({ method, url, ...(body === undefined ? {} : { payload: body }) });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
}
