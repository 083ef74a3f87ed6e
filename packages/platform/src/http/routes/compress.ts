import { type IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { type ReplyHeaders } from '../answers/reply.js';

/** Encodings of answers, in the order in which we prefer them. */
export const ENCODINGS = ['br', 'gzip', 'identity'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Shorter answers take more time to compress than to send. */
export const MIN_COMPRESSED_BYTES = 2_048;
/** Of answers that are made once: half the time of gzip, and as small. */
const BROTLI_QUALITY = 4;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/** The client's preferred encoding; plain for clients that accept none of ours, as RFC 9110, 12.5.3 allows. */
export const chooseEncoding = (req: IncomingMessage): Encoding =>
  (new Negotiator(req).encoding([...ENCODINGS]) as Encoding | undefined) ?? 'identity';

type Answer = { body: string | Uint8Array; headers: ReplyHeaders };

/**
 * Compresses the JSON of an answer as its client prefers. The tag of a compressed answer is weak (RFC 9110, 8.8.1),
 * because other bytes have the same tag.
 */
export async function compressJson(
  req: IncomingMessage,
  json: string,
  headers: ReplyHeaders = {},
): Promise<Answer> {
  if (json.length * 3 < MIN_COMPRESSED_BYTES) return { body: json, headers };
  const bytes = Buffer.from(json);
  if (bytes.length < MIN_COMPRESSED_BYTES) return { body: json, headers };
  const varied = { ...headers, Vary: 'Accept-Encoding' };
  const encoding = chooseEncoding(req);
  if (encoding === 'identity') return { body: bytes, headers: varied };
  const body =
    encoding === 'br'
      ? await brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
      : await deflate(bytes);
  const { ETag: tag } = headers;
  return {
    body,
    headers: {
      ...varied,
      'Content-Encoding': encoding,
      ...(tag !== undefined && { ETag: tag.startsWith('W/') ? tag : `W/${tag}` }),
    },
  };
}
