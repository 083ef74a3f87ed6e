import { type IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { AppError, REQUEST_ENCODINGS } from '@calseta/common';

export type BodyLimits = {
  /** Limit on the bytes received, with Content-Length or chunked. */
  maxBytes: number;
  /** Limit after decompression; a zip bomb is stopped at this size. */
  inflatedMaxBytes?: number;
  timeoutMs: number;
  /** Called with the bytes held each time they grow; an exception stops reading. */
  onGrowth?: (heldBytes: number) => void;
};

/** Reads a whole body, gzip included; stops as soon as a limit is exceeded. */
export async function readBody(req: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes);
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') {
    return await collect(req, req, limits.maxBytes, limits);
  }
  if (!REQUEST_ENCODINGS.some((known) => known === encoding)) {
    throw new AppError(
      'request.unsupported_media_type',
      'The only content encoding that is read is gzip.',
    );
  }
  const gunzip = createGunzip();
  let received = 0;
  req.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > limits.maxBytes) gunzip.destroy(tooLarge(limits.maxBytes));
  });
  req.on('aborted', () => gunzip.destroy(goneAway()));
  req.pipe(gunzip);
  try {
    return await collect(req, gunzip, limits.inflatedMaxBytes ?? limits.maxBytes, limits);
  } finally {
    req.unpipe(gunzip);
    gunzip.destroy();
  }
}

async function collect(
  req: IncomingMessage,
  stream: NodeJS.ReadableStream,
  maxBytes: number,
  { timeoutMs, onGrowth }: BodyLimits,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const length = await receive(req, stream, { maxBytes, timeoutMs }, (chunk, received) => {
    chunks.push(chunk);
    onGrowth?.(received);
  });
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

/**
 * Hands the chunks of a body on as they arrive, with the bytes received so far; an exception of the receiver stops
 * reading. Returns the length of the body.
 */
export async function receive(
  req: IncomingMessage,
  stream: NodeJS.ReadableStream,
  { maxBytes, timeoutMs }: Pick<BodyLimits, 'maxBytes' | 'timeoutMs'>,
  onChunk: (chunk: Buffer, received: number) => void,
): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    let length = 0;
    const timer = setTimeout(() => {
      settle(new AppError('request.timeout', `The body took longer than ${timeoutMs} ms.`));
    }, timeoutMs);
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      try {
        if (length > maxBytes) throw tooLarge(maxBytes);
        onChunk(chunk, length);
      } catch (error) {
        settle(error as Error);
      }
    };
    const onEnd = (): void => settle(undefined);
    const onError = (error: Error): void => settle(toBodyError(error));
    const onAborted = (): void => settle(goneAway());
    function settle(error: Error | undefined): void {
      clearTimeout(timer);
      stream.off('data', onData);
      stream.off('end', onEnd);
      req.off('aborted', onAborted);
      if (error === undefined) {
        resolve(length);
        return;
      }
      stream.pause();
      reject(error);
    }
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('error', onError);
    req.on('aborted', onAborted);
  });
}

export const tooLarge = (maxBytes: number): AppError =>
  new AppError('request.too_large', `The body exceeds ${maxBytes} bytes.`);

const goneAway = (): AppError =>
  new AppError('request.malformed', 'The connection ended before the body did.');

/** zlib errors are the sender's fault: the body does not match its Content-Encoding. */
const toBodyError = (error: Error): AppError =>
  error instanceof AppError
    ? error
    : new AppError('request.malformed', 'The body could not be read.', { cause: error });

/**
 * Bytes of a refused body that are read and dropped, so that the client sees the answer instead of a reset; a longer
 * body closes the connection.
 */
const MAX_DISCARDED_BYTES = 1_048_576;
const DISCARD_TIMEOUT_MS = 1_000;

/** True when the connection can be used again: the refused body is known to be short. */
export const isDiscardable = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length']) <= MAX_DISCARDED_BYTES;

/** After an early refusal: reads the rest of the body, or closes the connection after the answer. */
export function discardBody(req: IncomingMessage): void {
  if (req.complete) return;
  let discarded = 0;
  const cut = (): void => {
    if (!req.complete) req.socket.destroy();
  };
  // In a busy process the rest may have arrived unread, so one more event-loop turn is allowed.
  const timer = setTimeout(() => setImmediate(cut), DISCARD_TIMEOUT_MS).unref();
  req.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) cut();
  });
  req.once('close', () => clearTimeout(timer));
  req.resume();
}
