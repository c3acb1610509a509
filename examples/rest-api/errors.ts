import {
  ActiveRecordError,
  AttributesRequired,
  DeleteRestricted,
  InvalidValue,
  RecordInvalid,
  RecordNotFound,
  UnknownAttribute,
} from 'active-record-ts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** Errors of the library as answers: what the client can mend has its words, anything else is a plain 500. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof RecordInvalid) {
    return reply.code(422).send({ code: error.code, errors: error.errors.toJSON() });
  }
  const status = statusOf(error);
  if (status === 500) request.log.error(error);
  const code = error instanceof ActiveRecordError ? error.code : 'INTERNAL';
  return reply.code(status).send(status === 500 ? { code: 'INTERNAL' } : { code, message: error.message });
}

function statusOf(error: FastifyError | Error): number {
  if (error instanceof RecordNotFound) return 404;
  if (error instanceof DeleteRestricted) return 409;
  if (error instanceof InvalidValue || error instanceof UnknownAttribute || error instanceof AttributesRequired)
    return 400;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  return status !== undefined && status >= 400 && status < 500 ? status : 500; // Fastify's own: JSON that is none
}
