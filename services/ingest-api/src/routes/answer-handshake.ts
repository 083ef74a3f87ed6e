import { type IncomingMessage, type ServerResponse } from 'node:http';
import { AppError, INGEST_ROUTES } from '@calseta/common';
import { sendJson, sendText } from '@calseta/platform';
import { type IngestPath } from './ingest-path.js';

/** Longest text that is echoed to a sender. */
export const MAX_ECHO_BYTES = 1_024;
const OKTA_CHALLENGE = 'x-okta-verification-challenge';
const WEBHOOK_ORIGIN = 'webhook-request-origin';
const ORIGIN = /^[\w.*:/-]{1,253}$/;
const TEXT = 'text/plain; charset=utf-8';
const { method: POST } = INGEST_ROUTES.plain;

/** Throws for methods other than those that send alerts or probe the endpoint; runs before authentication. */
export function assertMethod({ method, headers }: IncomingMessage, path: IngestPath): void {
  const isProbe = method === 'GET' || method === 'HEAD';
  const isAsked = headers[OKTA_CHALLENGE] !== undefined || path.urlToken !== undefined;
  const isOrigin = method === 'OPTIONS' && headers[WEBHOOK_ORIGIN] !== undefined;
  if (method === POST || ((isProbe || isOrigin) && isAsked)) return;
  throw new AppError('route.method_not_allowed', `Alerts are sent with ${POST}.`, {
    allow: path.urlToken === undefined ? [POST] : [POST, 'GET', 'HEAD'],
  });
}

/**
 * Answers the probes by which senders check their receiver; none of them contains an alert. Returns false for any
 * other request. Call it only for authenticated senders.
 */
export function answerHandshake(
  req: IncomingMessage,
  res: ServerResponse,
  path: IngestPath,
): boolean {
  const { method, headers } = req;
  if (method !== POST) {
    const challenge = headers[OKTA_CHALLENGE];
    const origin = headers[WEBHOOK_ORIGIN];
    if (typeof challenge === 'string') sendJson(res, 200, { verification: bounded(challenge) });
    else if (typeof origin === 'string') allowOrigin(res, origin);
    else sendJson(res, 200, { data: { source_name: path.sourceName, method: POST }, meta: {} });
    return true;
  }
  const token = path.urlToken === undefined ? null : validationToken(req.url);
  if (token === null) return false;
  sendText(res, 200, TEXT, bounded(token));
  req.resume();
  return true;
}

/** Microsoft Graph expects the token of the query in the answer before it creates a subscription. */
const validationToken = (url = ''): string | null =>
  new URLSearchParams(url.split('?')[1] ?? '').get('validationToken');

/** CloudEvents webhooks, such as Azure Event Grid, ask for permission to send. */
function allowOrigin(res: ServerResponse, origin: string): void {
  if (!ORIGIN.test(origin)) {
    throw new AppError('request.invalid', 'WebHook-Request-Origin is no origin.');
  }
  sendText(res, 200, undefined, '', {
    'WebHook-Allowed-Origin': origin,
    'WebHook-Allowed-Rate': '*',
    Allow: POST,
  });
}

function bounded(text: string): string {
  if (Buffer.byteLength(text) <= MAX_ECHO_BYTES) return text;
  throw new AppError('request.invalid', `A challenge may have ${MAX_ECHO_BYTES} bytes.`);
}

const VALIDATION = 'SubscriptionValidation';

/** The code that Azure Event Grid expects back before it sends events; undefined for any other body. */
export function eventGridCode({ headers }: IncomingMessage, body: Buffer): string | undefined {
  if (headers['aeg-event-type'] !== VALIDATION) return undefined;
  try {
    const events = JSON.parse(body.toString('utf8')) as unknown;
    const [event] = Array.isArray(events) ? (events as unknown[]) : [events];
    const { data } = event as { data?: { validationCode?: unknown } };
    const code = data?.validationCode;
    return typeof code === 'string' ? bounded(code) : undefined;
  } catch (error) {
    if (error instanceof AppError) throw error;
    return undefined;
  }
}
