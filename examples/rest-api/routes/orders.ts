import { serialize } from 'active-record-ts';
import type { FastifyInstance } from 'fastify';
import { Order } from '../models/order.ts';
import { cancelOrder, placeOrder } from '../orders.ts';
import { idOf } from './ids.ts';
import { pageOf } from './paging.ts';

interface ById {
  Params: { id: string };
}

/** What an order shows of its associations, which have to be loaded: nothing is loaded for JSON. */
const whole = {
  include: {
    customer: { only: ['name'] },
    lines: { only: ['quantity', 'price'], include: { product: { only: ['sku', 'name'] } } },
  },
} as const;

const withParts = () => Order.includes('customer', { lines: 'product' });

export async function orderRoutes(app: FastifyInstance): Promise<void> {
  app.get<{ Querystring: { page?: string; perPage?: string; customer?: string } }>('/', async ({ query }) => {
    const orders = withParts().order('id', 'desc');
    const wanted = query.customer === undefined ? orders : orders.where({ customerId: idOf(query.customer) });
    const { records, page, pages, total } = await wanted.paginate(pageOf(query));
    return { orders: serialize(records, whole), page, pages, total };
  });

  app.get<ById>('/:id', async ({ params }) => (await withParts().find(idOf(params.id))).toJSON(whole));

  app.post('/', async ({ body }, reply) => {
    const order = await placeOrder(body);
    return reply.code(201).send((await withParts().find(order.id)).toJSON(whole));
  });

  app.post<ById>('/:id/cancel', async ({ params }) => {
    await cancelOrder(idOf(params.id));
    return (await withParts().find(idOf(params.id))).toJSON(whole);
  });
}
