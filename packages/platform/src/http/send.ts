import { type ServerResponse } from 'node:http';
import { PROBLEM_MEDIA_TYPE } from '@calseta/common';
import { toProblem } from './problem.js';
import { type ReplyHeaders } from './reply.js';

export const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

/** Headers of every answer. */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
} as const;

/** Answers with text of any media type; a HEAD gets the headers only, as Node sees to. */
export function sendText(
  res: ServerResponse,
  status: number,
  contentType: string | undefined,
  text: string,
  headers: ReplyHeaders = {},
): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  res.writeHead(status, {
    ...SECURITY_HEADERS,
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  res.end(text);
}

/** Answers with a JSON body. */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers?: ReplyHeaders,
): void {
  sendText(res, status, JSON_MEDIA_TYPE, JSON.stringify(body), headers);
}

/** Answers with the problem+json of an error; 5xx tell nothing of the inside. */
export function sendProblem(
  res: ServerResponse,
  error: unknown,
  context?: { traceId: string },
): void {
  const { status, headers, body } = toProblem(error, context?.traceId);
  sendText(res, status, PROBLEM_MEDIA_TYPE, JSON.stringify(body), headers);
}
