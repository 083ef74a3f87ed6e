import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { etagOf } from './etag.js';
import { type ReplyHeaders } from '../answers/reply.js';
import { SECURITY_HEADERS } from '../answers/send.js';

/** A twentieth of the size of a large document; 11, the highest, takes eight times as long for a tenth less. */
const BROTLI_QUALITY = 9;

const ENCODERS = {
  br: async (bytes: Buffer) =>
    await promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
    }),
  gzip: async (bytes: Buffer) => await promisify(gzip)(bytes),
  identity: async (bytes: Buffer) => await Promise.resolve(bytes),
};
type Encoding = keyof typeof ENCODERS;
const ENCODINGS = Object.keys(ENCODERS) as Encoding[];

type Variant = { bytes: Buffer; etag: string };

/** Answers with a document that all clients share. */
export type SendDocument = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/**
 * Makes a text into a document that is held, and compressed by each encoding, once for all who ask. `If-None-Match`
 * is answered 304 (RFC 9110, 13.1.2); caches ask each time.
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

/** The client's favourite; plain for those who accept none, which they may get (RFC 9110, 12.5.3). */
const chooseEncoding = (req: IncomingMessage): Encoding =>
  (new Negotiator(req).encoding(ENCODINGS) as Encoding | undefined) ?? 'identity';

/** RFC 9110, 13.1.2: any of the tags, whether weak or not. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
