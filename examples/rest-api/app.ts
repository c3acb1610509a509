import Fastify, { type FastifyInstance } from 'fastify';
import { answerError } from './errors.ts';
import { customerRoutes } from './routes/customers.ts';
import { orderRoutes } from './routes/orders.ts';
import { productRoutes } from './routes/products.ts';

/** The API, not listening yet: a server listens with it, and tests `inject` requests. */
export function buildApp(): FastifyInstance {
  const app = Fastify({ logger: { level: 'error' } }); // what is answered with 500 has to be seen somewhere
  app.setErrorHandler(answerError);
  app.register(productRoutes, { prefix: '/products' });
  app.register(customerRoutes, { prefix: '/customers' });
  app.register(orderRoutes, { prefix: '/orders' });
  return app;
}
