import { type IncomingMessage, type ServerResponse } from 'node:http';
import { childTraceparent, newUuid, parseTraceparent } from '@calseta/common';
import { clientAddress } from './client-address.js';

/** Ids of one request in logs, answers and later work. */
export type RequestContext = {
  requestId: string;
  traceparent: string;
  /** What the client sent. */
  parentTraceparent?: string;
  traceId: string;
  clientAddress: string;
  headers: IncomingMessage['headers'];
};

const REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

/** Reads or creates the ids of a request, and returns the request id to the client. */
export function requestContext(
  req: IncomingMessage,
  res: ServerResponse,
  options: { trustedProxyHops: number },
): RequestContext {
  const given = req.headers['x-request-id'];
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : newUuid();
  const incoming = req.headers['traceparent'];
  const parent = typeof incoming === 'string' ? incoming : undefined;
  const traceparent = childTraceparent(parent);
  res.setHeader('X-Request-ID', requestId);
  return {
    requestId,
    traceparent,
    ...(parent !== undefined && { parentTraceparent: parent }),
    traceId: parseTraceparent(traceparent)?.traceId ?? '',
    clientAddress: clientAddress(req, options.trustedProxyHops),
    headers: req.headers,
  };
}
