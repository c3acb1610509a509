import { untrusted } from 'active-record-ts';
import type { FastifyInstance } from 'fastify';
import { Customer } from '../models/customer.ts';
import { idOf } from './ids.ts';

export async function customerRoutes(app: FastifyInstance): Promise<void> {
  app.get<{ Params: { id: string } }>('/:id', async ({ params }) => {
    const customer = await Customer.where({ id: idOf(params.id) })
      .withCount('orders')
      .firstOrFail();
    return customer.toJSON();
  });

  app.post('/', async ({ body }, reply) => {
    const customer = new Customer().assign(Customer.permit(untrusted(body)));
    return reply.code(201).send(await customer.save());
  });
}
