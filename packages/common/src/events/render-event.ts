import { neutralize } from '../context/neutralize.js';
import { cutToBytes } from '../text/cut-to-bytes.js';
import { type OperatorEventName, eventNamed } from './operator-event.js';

/** Bytes of the body of an event. */
export const MAX_EVENT_BYTES = 8_192;

/** Bytes of one text in it: the first size with which all of it fits. */
const TEXT_BYTES = [1_000, 400, 150, 50];

/** An event as its delivery keeps it. */
export type StoredEvent = {
  event: OperatorEventName;
  /** With `occurred_at`, and `skipped_count` where some were left out before it. */
  data: Record<string, unknown>;
};

/**
 * The body of an event: `{event, data: {…, url}, untrusted_paths}`, at most 8 KiB. Hidden characters are made visible,
 * long texts are cut. Always the same for the same event.
 */
export function renderEvent({ event, data }: StoredEvent, publicUrl: string): string {
  const { path, untrusted } = eventNamed(event);
  const untrustedPaths = untrusted
    .filter((field) => data[field] !== undefined)
    .map((field) => `/data/${field}`);
  const url = publicUrl + path(data);
  let body = '';
  for (const maxBytes of TEXT_BYTES) {
    body = JSON.stringify({
      event,
      data: { ...shown(data, maxBytes), url },
      untrusted_paths: untrustedPaths,
    });
    if (Buffer.byteLength(body) <= MAX_EVENT_BYTES) return body;
  }
  return body;
}

const shown = (data: StoredEvent['data'], maxBytes: number): StoredEvent['data'] =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === 'string' ? cutToBytes(neutralize(value).text, maxBytes) : value,
    ]),
  );
