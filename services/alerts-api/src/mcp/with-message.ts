import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { AppError } from '@calseta/common';
import {
  type BodyLimits,
  DEFAULT_BODY_TIMEOUT_MS,
  ERROR_STATUS,
  type HoldInAll,
  readBody,
} from '@calseta/platform';

/** Of a request. */
const MAX_BYTES = 4_194_304;
/** Of one whose answer lasts, and with it the memory that it holds. */
const MAX_LASTING_BYTES = 65_536;
/** JSON-RPC's code for what the server itself says. */
const REFUSED = -32_000;
const RETRY_AFTER_SECONDS = '1';

type Message = Readable & Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

export type MessageOptions = { isLasting: boolean; holdInAll: HoldInAll };

/**
 * Reads the body of a request within the limits that all bodies have, and hands the request on with it; a body that is
 * refused is answered in the words of the protocol.
 */
export async function withMessage(
  req: IncomingMessage,
  res: ServerResponse,
  { isLasting, holdInAll }: MessageOptions,
  serve: (message: Message) => Promise<void>,
): Promise<void> {
  const message = await readMessage(req, res, {
    maxBytes: isLasting ? MAX_LASTING_BYTES : MAX_BYTES,
    timeoutMs: DEFAULT_BODY_TIMEOUT_MS,
    onGrowth: holdInAll,
  });
  if (message) await serve(message);
}

async function readMessage(
  req: IncomingMessage,
  res: ServerResponse,
  limits: BodyLimits,
): Promise<Message | undefined> {
  try {
    const body = await readBody(req, limits);
    const { method, url } = req;
    // It is inflated by now.
    const headers = { ...req.headers, 'content-encoding': undefined };
    return Object.assign(Readable.from([body]), { method, url, headers });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    refuse(res, error);
    return undefined;
  }
}

function refuse(res: ServerResponse, { code, message }: AppError): void {
  const error = { code: REFUSED, message: `${code}: ${message}` };
  res.writeHead(ERROR_STATUS[code], {
    'content-type': 'application/json',
    connection: 'close',
    ...(code === 'service.overloaded' && { 'retry-after': RETRY_AFTER_SECONDS }),
  });
  res.end(JSON.stringify({ jsonrpc: '2.0', error, id: null }));
}
