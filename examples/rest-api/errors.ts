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

/** What a client has sent that cannot be understood. */
export class BadRequest extends Error {
  readonly statusCode = 400;
  readonly code = 'BAD_REQUEST';
}

/** Errors as answers: what the client can mend has its words, anything else is a plain 500, and stands in the log. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof RecordInvalid) {
    return reply.code(422).send({ code: error.code, errors: error.errors.toJSON() });
  }
  const status = statusOf(error);
  if (status === 500) {
    request.log.error(error);
    return reply.code(500).send({ code: 'INTERNAL' });
  }
  return reply.code(status).send({ code: 'code' in error ? error.code : 'BAD_REQUEST', message: whatHappened(error) });
}

/** Without the hint of an error of the library, which tells the programmer what to do. */
function whatHappened(error: Error): string {
  if (!(error instanceof ActiveRecordError) || error.hint === undefined) return error.message;
  return error.message.slice(0, -error.hint.length).trimEnd();
}

function statusOf(error: FastifyError | Error): number {
  if (error instanceof RecordNotFound) return 404;
  if (error instanceof DeleteRestricted) return 409;
  if (error instanceof InvalidValue || error instanceof UnknownAttribute || error instanceof AttributesRequired)
    return 400;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  return status !== undefined && status >= 400 && status < 500 ? status : 500; // Fastify's own: JSON that is none
}
