import { untrusted } from 'active-record-ts';
import type { FastifyInstance } from 'fastify';
import { Product } from '../models/product.ts';
import { idOf } from './ids.ts';
import { limitOf } from './paging.ts';

interface ById {
  Params: { id: string };
}

export async function productRoutes(app: FastifyInstance): Promise<void> {
  // A cursor costs the same on the last page as on the first, and rows that come and go do not shift it.
  app.get<{ Querystring: { after?: string; limit?: string } }>('/', async ({ query }) => {
    const after = query.after === undefined ? {} : { after: query.after };
    const page = await Product.cursorPaginate({ order: 'name', limit: limitOf(query), ...after });
    return { products: page.records, next: page.hasNext ? page.endCursor : null };
  });

  app.get<ById>('/:id', ({ params }) => Product.find(idOf(params.id)));

  app.post('/', async ({ body }, reply) => {
    // Assigned, and then saved: so everything that is missing or wrong is told at once.
    const product = new Product().assign(Product.permit(untrusted(body)));
    return reply.code(201).send(await product.save());
  });

  app.patch<ById>('/:id', async ({ params, body }) => {
    const product = await Product.find(idOf(params.id));
    return product.update(Product.permit(untrusted(body)));
  });

  app.delete<ById>('/:id', async ({ params }, reply) => {
    const product = await Product.find(idOf(params.id));
    await product.destroy();
    return reply.code(204).send();
  });
}
