import { type IncomingMessage } from 'node:http';
import { AppError } from '@calseta/common';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { type BodyLimits, receive, tooLarge } from './read-body.js';

export type UploadLimits = {
  /** Of the whole body, as it arrives. */
  maxBytes: number;
  maxFiles: number;
  maxFileBytes: number;
  maxFields: number;
  maxFieldBytes: number;
};

export type UploadedFile = { field: string; name: string; bytes: Buffer };
export type MultipartForm = { fields: { name: string; value: string }[]; files: UploadedFile[] };

const MULTIPART = /^multipart\/form-data\s*(?:;|$)/i;
const MAX_FIELD_NAME_BYTES = 100;
const MAX_PART_HEADERS = 20;
const MAX_PART_HEADER_BYTES = 4_096;

export const isMultipart = ({ headers }: IncomingMessage): boolean =>
  MULTIPART.test(headers['content-type'] ?? '');

/** Reads a form (RFC 7578) part by part while it arrives; the first limit that is exceeded stops reading. */
export async function readMultipart(
  req: IncomingMessage,
  limits: UploadLimits,
  { timeoutMs, onGrowth }: Pick<BodyLimits, 'timeoutMs' | 'onGrowth'>,
): Promise<MultipartForm> {
  const { maxBytes } = limits;
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if ((req.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new AppError('request.unsupported_media_type', 'A form is sent without compression.');
  }
  const parser = openParser(req, limits);
  const reading = collectParts(parser, limits);
  await receive(req, req, { maxBytes, timeoutMs }, (chunk, received) => {
    reading.assertFine();
    onGrowth?.(received);
    parser.write(chunk);
  });
  parser.end();
  await reading.settled;
  reading.assertFine();
  return reading.form;
}

function openParser({ headers }: IncomingMessage, limits: UploadLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      limits: {
        files: limits.maxFiles,
        fileSize: limits.maxFileBytes,
        fields: limits.maxFields,
        fieldSize: limits.maxFieldBytes,
        fieldNameSize: MAX_FIELD_NAME_BYTES,
        headerPairs: MAX_PART_HEADERS,
        headerSize: MAX_PART_HEADER_BYTES,
      },
    });
  } catch (cause) {
    throw new AppError('request.malformed', 'The form has no boundary.', { cause });
  }
}

/** Collects the parts of a form until one of them breaks a limit. */
function collectParts(parser: BusboyInstance, limits: UploadLimits) {
  const form: MultipartForm = { fields: [], files: [] };
  const { promise: settled, resolve: settle } = withResolver();
  parser.once('finish', settle);
  let failure: AppError | undefined;
  const fail = (error: AppError) => {
    failure ??= error;
    settle();
  };
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    if (isNameCut) fail(refused(`/${name}`, `has a name over ${MAX_FIELD_NAME_BYTES} bytes`));
    if (isValueCut) fail(partTooLarge(`/${name}`, limits.maxFieldBytes));
    form.fields.push({ name, value });
  });
  let begun = 0;
  parser.on('file', (field, stream, name) => {
    const pointer = `/files/${begun}`;
    begun += 1;
    // A file that ends early is an error of its own stream, which would end the process if nobody took it.
    stream.on('error', (cause) => fail(malformed(cause)));
    stream.on('limit', () => fail(partTooLarge(pointer, limits.maxFileBytes)));
    collectFile(stream, (bytes) => form.files.push({ field, name, bytes }));
  });
  parser.on('filesLimit', () => fail(refused('/files', `are more than ${limits.maxFiles}`)));
  parser.on('fieldsLimit', () => fail(refused('', `has more than ${limits.maxFields} fields`)));
  parser.on('error', (cause) => fail(malformed(cause)));
  return {
    form,
    /** Resolves when the last part has been read, or one has failed. */
    settled,
    assertFine(): void {
      if (failure) throw failure;
    },
  };
}

function withResolver() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function collectFile(stream: BusboyFileStream, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(Buffer.concat(chunks)));
}

const malformed = (cause: unknown): AppError =>
  new AppError('request.malformed', 'The body is not a valid multipart/form-data.', { cause });

const refused = (pointer: string, message: string): AppError =>
  new AppError('request.invalid', 'The form does not fit its limits.', {
    issues: [{ pointer, message }],
  });

const partTooLarge = (pointer: string, maxBytes: number): AppError =>
  new AppError('request.too_large', `A part of the form exceeds ${maxBytes} bytes.`, {
    issues: [{ pointer, message: `exceeds ${maxBytes} bytes` }],
  });
