import { type Transform } from 'node:stream';
import zlib from 'node:zlib';

export type ReadBody = { body: string; truncated: boolean; note?: string };

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;

/** Each takes a stream that ends early for what it is so far. */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip({ finishFlush: Z_SYNC_FLUSH }),
  'x-gzip': () => zlib.createGunzip({ finishFlush: Z_SYNC_FLUSH }),
  deflate: () => zlib.createInflate({ finishFlush: Z_SYNC_FLUSH }),
  br: () => zlib.createBrotliDecompress({ finishFlush: BROTLI_OPERATION_FLUSH }),
};

/**
 * The first bytes of a body as text, unpacked where its `Content-Encoding` is known; `bytes` may be cut, and no more
 * than `maxBytes` come of it.
 */
export async function readAnswerText(
  bytes: Buffer,
  encoding: string | string[] | undefined,
  maxBytes: number,
): Promise<ReadBody> {
  const name = String(encoding ?? '')
    .trim()
    .toLowerCase();
  const decoder = DECODERS[name]?.();
  if (!decoder || bytes.length === 0) return toText(bytes, maxBytes);
  const unpacked = await unpack(decoder, bytes, maxBytes);
  if (unpacked.length > 0) return toText(unpacked, maxBytes);
  return { ...toText(bytes, maxBytes), note: `its body says that it is ${name}, and is not` };
}

const toText = (bytes: Buffer, maxBytes: number): ReadBody => ({
  body: bytes.subarray(0, maxBytes).toString('utf8'),
  truncated: bytes.length > maxBytes,
});

/** Up to a little more than `maxBytes`; what was unpacked before an error counts. */
const unpack = async (decoder: Transform, bytes: Buffer, maxBytes: number): Promise<Buffer> =>
  await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (): void => {
      decoder.destroy();
      resolve(Buffer.concat(chunks));
    };
    decoder.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) end();
    });
    decoder.on('end', end);
    decoder.on('error', end);
    decoder.end(bytes);
  });
