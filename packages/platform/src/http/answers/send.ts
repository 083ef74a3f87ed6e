import { type ServerResponse } from 'node:http';
import { neutralizeJson, PROBLEM_MEDIA_TYPE, stringifyExactly } from '@calseta/common';
import { toProblem } from './problem.js';
import { type ReplyHeaders } from './reply.js';

export const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
} as const;

/** Texts of this length are sent as bytes, which are outside the heap while a client reads them. */
const LONG_CHARACTERS = 65_536;

/** Sends text or bytes of any media type; Node drops the body for HEAD. */
export function sendText(
  res: ServerResponse,
  status: number,
  contentType: string | undefined,
  text: string | Uint8Array,
  headers: ReplyHeaders = {},
): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const body =
    typeof text === 'string' && text.length >= LONG_CHARACTERS ? Buffer.from(text) : text;
  res.writeHead(status, {
    ...SECURITY_HEADERS,
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  res.end(body);
}

/** Sends a JSON body, with hidden characters made visible. */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers?: ReplyHeaders,
): void {
  sendText(res, status, JSON_MEDIA_TYPE, toNeutralJson(body), headers);
}

/** Returns JSON text without hidden characters; `meta.made_visible_count` counts those in `data`. */
export function toNeutralJson(body: unknown): string {
  if (!isEnvelope(body)) return neutralizeJson(stringifyExactly(body)).json;
  const { meta, ...content } = body;
  const { json, madeVisibleCount } = neutralizeJson(stringifyExactly(content));
  const told = madeVisibleCount === 0 ? meta : { ...meta, made_visible_count: madeVisibleCount };
  return `${json.slice(0, -1)},"meta":${neutralizeJson(stringifyExactly(told)).json}}`;
}

const isEnvelope = (body: unknown): body is { data: unknown; meta: object } =>
  typeof body === 'object' &&
  body !== null &&
  'data' in body &&
  'meta' in body &&
  typeof body.meta === 'object' &&
  body.meta !== null;

/** Sends the problem+json of an error; a 5xx reveals no internals. */
export function sendProblem(
  res: ServerResponse,
  error: unknown,
  context?: { traceId: string },
): void {
  const { status, headers, body } = toProblem(error, context?.traceId);
  sendText(res, status, PROBLEM_MEDIA_TYPE, toNeutralJson(body), headers);
}
