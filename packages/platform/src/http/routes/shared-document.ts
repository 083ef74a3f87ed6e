import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { chooseEncoding, type Encoding } from './compress.js';
import { etagOf } from './etag.js';
import { type ReplyHeaders } from '../answers/reply.js';
import { SECURITY_HEADERS } from '../answers/send.js';

/** Reduces large documents to a twentieth; the maximum, 11, takes eight times as long for a tenth less. */
const BROTLI_QUALITY = 9;

const ENCODERS = {
  br: async (bytes: Buffer) =>
    await promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
    }),
  gzip: async (bytes: Buffer) => await promisify(gzip)(bytes),
  identity: async (bytes: Buffer) => await Promise.resolve(bytes),
} satisfies Record<Encoding, (bytes: Buffer) => Promise<Buffer>>;

type Variant = { bytes: Buffer; etag: string };

/** Sends a document that is the same for all clients. */
export type SendDocument = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/**
 * Keeps a document in memory and compresses it once per encoding for all clients. Answers 304 for a matching
 * `If-None-Match` (RFC 9110, 13.1.2); caches revalidate every time.
 */
export function shareDocument(
  contentType: string,
  text: string,
  headers: ReplyHeaders = {},
): SendDocument {
  const document = Buffer.from(text);
  const variants = new Map<Encoding, Promise<Variant>>();

  function variantOf(encoding: Encoding): Promise<Variant> {
    const known = variants.get(encoding);
    if (known) return known;
    const made = ENCODERS[encoding](document).then((bytes) => ({ bytes, etag: hashTag(bytes) }));
    variants.set(encoding, made);
    return made;
  }

  return async (req, res) => {
    const encoding = chooseEncoding(req);
    const { bytes, etag } = await variantOf(encoding);
    const common = {
      ...SECURITY_HEADERS,
      'Cache-Control': 'no-cache',
      ...headers,
      ETag: etag,
      Vary: 'Accept-Encoding',
    };
    if (isKnown(req.headers['if-none-match'], etag)) {
      res.writeHead(304, common);
      res.end();
      return;
    }
    res.writeHead(200, {
      ...common,
      'Content-Type': contentType,
      ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
      'Content-Length': bytes.length,
    });
    res.end(bytes);
  };
}

const hashTag = (bytes: Buffer): string =>
  etagOf(createHash('sha256').update(bytes).digest('base64url'));

/** RFC 9110, 13.1.2: matches any of the tags, weak or strong. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
