import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import { type ErrorCode, PROBLEM_MEDIA_TYPE } from '@calseta/common';
import { discardBody, ERROR_STATUS, isDiscardable, problemType, sendText } from '@calseta/platform';

const RETRY_AFTER_SECONDS = 1;

/** Answers with a problem of docs/errors.md, without a trace id. */
export function sendGatewayProblem(
  request: IncomingMessage,
  response: ServerResponse,
  code: ErrorCode,
  detail: string,
): void {
  const status = ERROR_STATUS[code];
  const title = STATUS_CODES[status];
  const problem = { type: problemType(code), title, status, detail, code };
  if (!request.complete && !isDiscardable(request)) response.setHeader('Connection', 'close');
  sendText(response, status, PROBLEM_MEDIA_TYPE, JSON.stringify(problem), {
    ...(status === 503 && { 'Retry-After': String(RETRY_AFTER_SECONDS) }),
  });
  discardBody(request);
}
