import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { AppError, type ErrorCode, PROBLEM_MEDIA_TYPE } from '@calseta/common';
import { toProblem } from '../answers/problem.js';
import { type Lines } from './one-at-a-time.js';

export const MAX_HEADER_BYTES = 16_384;

/** Time for a client to read the reason; closing at once would reset the answer while the client still sends. */
const LAST_ANSWER_MS = 1_000;

type ClientError = Error & { code?: string };

/**
 * Answers input that is not a valid request with a problem, after the answers to earlier requests, and closes the
 * connection.
 */
export function createAnswerClientError(lines: Pick<Lines, 'underWay' | 'whenAnswered'>) {
  /** Connections that are closing; further input on them is ignored. */
  const ending = new WeakSet<Socket>();

  return (error: ClientError, socket: Socket): void => {
    if (ending.has(socket)) return;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    ending.add(socket);
    const [request, response] = lines.underWay(socket) ?? [];
    const isOfLaterRequest = request?.complete === true;
    if (isOfLaterRequest) lines.whenAnswered(socket, () => endWith(socket, error));
    else if (response?.headersSent === true) socket.destroy();
    else endWith(socket, error);
  };
}

function endWith(socket: Socket, error: ClientError): void {
  const code = codeOf(error);
  const { status, body } = toProblem(new AppError(code, DETAILS[code]));
  const text = JSON.stringify(body);
  // Ending closes only our side: a client that never ends its own would keep the connection.
  const cut = setTimeout(() => socket.destroy(), LAST_ANSWER_MS);
  socket.once('close', () => clearTimeout(cut));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

function codeOf({ code }: ClientError): keyof typeof DETAILS {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request.timeout';
    case 'HPE_HEADER_OVERFLOW':
      return 'request.headers_too_large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'request.too_large';
    default:
      return 'request.malformed';
  }
}

const DETAILS = {
  'request.timeout': 'The request did not arrive in time.',
  'request.headers_too_large': `The headers exceed ${MAX_HEADER_BYTES} bytes.`,
  'request.too_large': 'The chunk extensions of the body are too long.',
  'request.malformed': 'This is not an HTTP request.',
} as const satisfies Partial<Record<ErrorCode, string>>;
