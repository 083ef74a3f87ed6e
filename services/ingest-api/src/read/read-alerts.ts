import {
  AppError,
  type Issue,
  markNumbers,
  type NormalizedAlert,
  unmarkNumbers,
  withExactNumbers,
} from '@calseta/common';
import { type IngestItem } from '@calseta/database';
import {
  checkAlertSize,
  checkBatchLength,
  checkShape,
  checkUnpackedLength,
  MAX_ALERT_BYTES,
  mayBeEnvelope,
} from '../body/check-limits.js';
import { type ParsedItem } from '../body/parse-body.js';
import { alertOfNotification, unwrapNotification } from '../body/read-sns.js';
import { storableJson } from '../body/storable-json.js';
import { type Arrival } from './arrival.js';
import { boundAlert } from './bound-alert.js';
import { dedupKey, dedupKeyOfText, isNativeKey } from './dedup-key.js';
import { fingerprintOf } from './fingerprint.js';
import { isEmptyList } from './is-empty-list.js';
import { settleOccurredAt } from './settle-occurred-at.js';
import { unreadableAlert } from './unreadable-alert.js';
import { UnreadText, unreadText } from './unread-text.js';
import { mapLazily } from '../body/map-lazily.js';
import { type NormalizeOutcome, type SourcePlugin } from '../sources/plugin/source-plugin.js';

/** Result of reading one alert: an alert, a text that is not JSON, or an error. */
export type ReadAlert = IngestItem | UnreadText | AppError;

type Part = {
  payload: unknown;
  text: string;
  notes: string[];
  original?: Buffer;
  /** Whether the text was written from a part of an envelope, so that it is not what was sent. */
  isWrittenOut?: true;
};

/**
 * The alerts of a request in order, or the error of each; a vendor's envelope may hold several. They are read on
 * demand. Throws AppError when there are too many, or when they are too long together.
 */
export function* readAlerts(
  items: Iterable<ParsedItem>,
  arrival: Arrival,
): Generator<ReadAlert, void> {
  let count = 0;
  let characters = 0;
  for (const part of partsOf(items, arrival)) {
    count += 1;
    checkBatchLength(count);
    if (part instanceof AppError || part instanceof UnreadText) {
      yield part;
    } else {
      characters += part.text.length;
      checkUnpackedLength(characters);
      const read = attempt(() => readAlert(part, arrival));
      if (read !== undefined) yield read;
    }
  }
}

/** Made on demand, since each part repeats the fields of its envelope. */
function* partsOf(
  items: Iterable<ParsedItem>,
  arrival: Arrival,
): Generator<Part | UnreadText | AppError> {
  for (const item of items) {
    if (item.kind === 'malformed') yield attempt(() => unreadText(item, arrival));
    else yield* unpacked(repaired(unwrapNotification(item)), arrival.plugin);
  }
}

/**
 * A payload that nests too deep to be serialised stays whole and is refused for its depth. One that cannot be
 * split is refused too.
 */
function* unpacked(whole: Part, plugin: SourcePlugin): Generator<Part | AppError> {
  const payloads = attempt(() => {
    const isEnvelope = plugin.split?.(whole.payload) !== undefined && mayBeEnvelope(whole.payload);
    return isEnvelope ? plugin.split?.(JSON.parse(markNumbers(whole.text))) : undefined;
  });
  if (payloads === undefined) yield whole;
  else if (payloads instanceof AppError) yield payloads;
  else yield* writtenOutOf(whole, payloads);
}

function* writtenOutOf(whole: Part, payloads: Iterable<unknown>): Generator<Part> {
  const parts = mapLazily(payloads, (payload) => writtenOut(payload, whole.notes));
  const [first, second] = [parts.next(), parts.next()];
  if (first.done) return;
  yield second.done ? asItCame(first.value, whole) : first.value;
  if (!second.done) yield second.value;
  yield* parts;
}

/** The only alert of an envelope keeps the envelope as its original, unless that exceeds the size of an alert. */
function asItCame(part: Part, whole: Part): Part {
  const original = whole.original ?? Buffer.from(whole.text);
  if (original.length > MAX_ALERT_BYTES) return part;
  const { payload, text, notes } = part;
  return { payload, text, notes, ...(!original.equals(Buffer.from(text)) && { original }) };
}

/**
 * Serialises an alert from an envelope whose numbers are marked. It is repaired again, since JSON text in the
 * envelope may hold anything.
 */
function writtenOut(marked: unknown, notes: string[]): Part {
  const text = unmarkNumbers(JSON.stringify(marked));
  return repaired({ payload: JSON.parse(text) as unknown, text, notes, isWrittenOut: true });
}

/** Keeps the sender's own text, unless something in it cannot be stored. */
function repaired(part: Part): Part {
  const { text, replaced } = storableJson(part.text);
  if (replaced === 0) return part;
  const note = `${replaced} NUL characters or lone surrogates were replaced.`;
  return {
    ...part,
    payload: JSON.parse(text) as unknown,
    text,
    notes: [...part.notes, note],
    original: part.original ?? Buffer.from(part.text),
  };
}

/** Undefined for a page without alerts. */
function readAlert(part: Part, arrival: Arrival): IngestItem | undefined {
  checkAlertSize(part.text, part.original);
  checkShape(part.payload);
  const payload = withExactNumbers(part.text, part.payload);
  const outcome = outcomeOf(arrival, payload);
  if (outcome.kind !== 'normalized' && isEmptyList(payload)) return undefined;
  switch (outcome.kind) {
    case 'invalid':
      throw misfit(outcome.issues);
    case 'unreadable':
      return toItem(part, payload, arrival, {
        dedupKey: dedupKeyOfText(part.text, arrival.idempotencyKey),
        isNative: false,
        occurredAt: arrival.receivedAt,
        alert: unreadableAlert(arrival.source.name, payload, part.notes),
        quarantineReason: outcome.reason,
      });
    case 'normalized':
      return toItem(part, payload, arrival, settled(outcome.alert, part, payload, arrival));
  }
}

type Reading = Pick<
  IngestItem,
  'dedupKey' | 'isNative' | 'occurredAt' | 'alert' | 'quarantineReason'
>;

function settled(
  read: NormalizedAlert,
  { text, notes }: Part,
  payload: unknown,
  { source, receivedAt, idempotencyKey }: Arrival,
): Reading {
  const { occurredAt, note } = settleOccurredAt(read.occurredAt, receivedAt);
  const alert = boundAlert(read, [...notes, ...read.notes, ...(note === undefined ? [] : [note])]);
  const key = dedupKey({ sourceName: source.name, alert, payload, text, idempotencyKey });
  return { dedupKey: key, isNative: isNativeKey(key), occurredAt, alert };
}

function toItem(part: Part, payload: unknown, arrival: Arrival, reading: Reading): IngestItem {
  const { source, receivedAt, actor, traceparent, contentType } = arrival;
  return {
    sourceName: source.name,
    dedupKey: reading.dedupKey,
    isNative: reading.isNative,
    dedupWindowSeconds: source.dedupWindowSeconds,
    onUpdate: source.onUpdate,
    onResolved: source.onResolved,
    fingerprint: fingerprintOf(payload),
    receivedAt,
    occurredAt: reading.occurredAt,
    alert: reading.alert,
    rawPayload: part.text,
    original: part.original,
    contentType: part.isWrittenOut ? undefined : contentType,
    traceparent,
    actor,
    quarantineReason: reading.quarantineReason,
  };
}

/**
 * Reads a payload with the plugin of its source. Plain text from Amazon SNS is an alert for every source; the
 * source's field mapping may find more in it.
 */
function outcomeOf({ source, plugin }: Arrival, payload: unknown): NormalizeOutcome {
  const alert = alertOfNotification(payload);
  if (alert && source.fieldMapping === null) return { kind: 'normalized', alert };
  const outcome = plugin.normalize(payload);
  return alert && outcome.kind !== 'normalized' ? { kind: 'normalized', alert } : outcome;
}

const NO_TITLE =
  'The alert has no title: send a top-level "title", or make a custom source whose `field_mapping` says ' +
  'where the title stands (POST /v1/sources).';

/** Usually the payload of another system was sent to the source for our own format. */
function misfit(issues: Issue[]): AppError {
  const lacksTitle = issues.some(({ pointer }) => pointer === '/title' || pointer === '');
  const message = lacksTitle ? NO_TITLE : 'The alert does not fit the format of its source.';
  return new AppError('request.invalid', message, { issues });
}

/** Returns an AppError; anything else that is thrown is a defect and fails the request. */
function attempt<T>(work: () => T): T | AppError {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
