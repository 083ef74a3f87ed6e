import { AppError } from '@calseta/common';

export const MAX_ALERT_BYTES = 1024 * 1024;
export const MAX_BATCH_BYTES = 10 * 1024 * 1024;
export const MAX_BATCH_ALERTS = 1_000;
export const MAX_DEPTH = 64;
/** Depth of an envelope that contains alerts. */
const MAX_ENVELOPE_DEPTH = 2 * MAX_DEPTH;
export const MAX_KEYS = 10_000;

const tooLarge = (message: string): AppError => new AppError('request.too_large', message);

/** Throws when a parsed alert nests too deep or has too many keys; stops at the limit. */
export function checkShape(payload: unknown): void {
  let keys = 0;
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_DEPTH) throw tooLarge(`An alert may nest ${MAX_DEPTH} levels deep.`);
    const children = Object.values(value) as unknown[];
    if (!Array.isArray(value)) keys += children.length;
    if (keys > MAX_KEYS) throw tooLarge(`An alert may have ${MAX_KEYS} keys.`);
    for (const child of children) visit(child, depth + 1);
  };
  visit(payload, 1);
}

/** Bytes that one byte or UTF-16 unit of a body can take at most, as sent or in UTF-8. */
const MAX_GROWTH = 3;

/** Throws when one alert exceeds the limit, in UTF-8 or in the bytes that were sent. */
export function checkAlertSize(jsonText: string, original?: Buffer): void {
  // Measuring is skipped for texts that cannot exceed the limit.
  const mayBeLarge = jsonText.length * MAX_GROWTH > MAX_ALERT_BYTES;
  const bytes = Math.max(mayBeLarge ? Buffer.byteLength(jsonText) : 0, original?.length ?? 0);
  if (bytes > MAX_ALERT_BYTES) throw tooLarge(`An alert may have ${MAX_ALERT_BYTES} bytes.`);
}

/** Whether a body in a single-byte charset may be too large once it is decoded. */
export const mayDecodeTooLarge = (body: Buffer): boolean =>
  body.length * MAX_GROWTH > MAX_BATCH_BYTES;

/** Throws when a body exceeds the limit in UTF-8. */
export function checkDecodedSize(text: string): void {
  if (Buffer.byteLength(text) > MAX_BATCH_BYTES) {
    throw tooLarge(`The body, decoded, exceeds ${MAX_BATCH_BYTES} bytes.`);
  }
}

export function checkBatchLength(length: number): void {
  if (length > MAX_BATCH_ALERTS) throw tooLarge(`A batch may have ${MAX_BATCH_ALERTS} alerts.`);
}

/**
 * Throws when the alerts of a request have more characters together than a body may have bytes. Alerts that repeat
 * nothing of their envelope always fit, since a character takes at least one byte.
 */
export function checkUnpackedLength(characters: number): void {
  if (characters > MAX_BATCH_BYTES) {
    throw tooLarge(
      `The alerts of a request, each with its envelope, may have ${MAX_BATCH_BYTES} characters.`,
    );
  }
}

/** Whether the payload can be an envelope of alerts within the depth limit; looks no deeper. */
export const mayBeEnvelope = (payload: unknown): boolean =>
  nestsWithin(payload, MAX_ENVELOPE_DEPTH);

const nestsWithin = (value: unknown, levels: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (levels > 0 && Object.values(value).every((child) => nestsWithin(child, levels - 1)));
