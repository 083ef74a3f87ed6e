import { type AppError, MAX_DEDUP_WINDOW_SECONDS } from '@calseta/common';
import { type IngestItem } from '@calseta/database';
import { checkAlertSize } from '../body/check-limits.js';
import { type ParsedItem } from '../body/parse-body.js';
import { dedupKeyOfText } from './dedup-key.js';
import { fingerprintOf } from './fingerprint.js';
import { type Arrival } from './arrival.js';
import { unreadableAlertOfText } from './unreadable-alert.js';

/** A body, or a part of one, that is not JSON: refused with the error, and kept as a quarantined alert. */
export class UnreadText {
  readonly item: IngestItem;
  readonly error: AppError;
  constructor(item: IngestItem, error: AppError) {
    this.item = item;
    this.error = error;
  }
}

/** Throws AppError('request.too_large') for a text that exceeds the size of an alert. */
export function unreadText(
  { text, notes, original, error }: ParsedItem & { kind: 'malformed' },
  { source, receivedAt, actor, traceparent, contentType }: Arrival,
): UnreadText {
  checkAlertSize(text, original);
  const item: IngestItem = {
    sourceName: source.name,
    dedupKey: dedupKeyOfText(text, undefined),
    isNative: false,
    fingerprint: fingerprintOf(text),
    // A sender that produces invalid text sends it again and again.
    dedupWindowSeconds: MAX_DEDUP_WINDOW_SECONDS,
    onUpdate: source.onUpdate,
    onResolved: source.onResolved,
    receivedAt,
    occurredAt: receivedAt,
    rawPayload: JSON.stringify(text),
    original: original ?? Buffer.from(text),
    ...(contentType !== undefined && { contentType }),
    alert: unreadableAlertOfText(source.name, text, notes),
    quarantineReason: error.message,
    quarantineCode: 'body.malformed',
    traceparent,
    actor,
  };
  return new UnreadText(item, error);
}
