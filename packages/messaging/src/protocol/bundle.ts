import { type Options } from 'amqplib';
import { type DeliveryHeaders } from './delivery-headers.js';

/**
 * Maximum number of alert messages in one AMQP message. Ten save nine tenths of the broker's cost; with more, a
 * consumer would only fetch more in advance, which other replicas could handle.
 */
export const MAX_BUNDLED = 10;

const SINGLE = 'application/json';
const BUNDLE = 'application/x-ndjson';
const LINE_END = 0x0a;

/** One alert message as it travels, with its trace. */
export type Line = { body: Uint8Array; headers: DeliveryHeaders; messageId?: string };

type Outgoing = { text: string; messageId: string; traceparent: string };

/**
 * Makes one AMQP message of these lines: a single line is sent unchanged, several cost the broker as much as one.
 * Traces are in the header `traceparent`, or in `traceparents` in the order of the lines.
 */
export function bundle(lines: readonly [Outgoing, ...Outgoing[]]): {
  body: Buffer;
  properties: Options.Publish;
} {
  const [first] = lines;
  if (lines.length === 1) {
    return {
      body: Buffer.from(first.text),
      properties: {
        contentType: SINGLE,
        messageId: first.messageId,
        headers: { traceparent: first.traceparent },
      },
    };
  }
  return {
    body: Buffer.from(lines.map(({ text }) => text).join('\n')),
    properties: {
      contentType: BUNDLE,
      headers: { traceparents: lines.map(({ traceparent }) => traceparent) },
    },
  };
}

/** The lines of an AMQP message. A message that is not our bundle is one line, whatever it contains. */
export function unbundle(
  body: Uint8Array,
  properties: { contentType?: unknown; messageId?: unknown; headers?: DeliveryHeaders | undefined },
): Line[] {
  const { contentType, messageId, headers = {} } = properties;
  const bodies = contentType === BUNDLE ? splitLines(body) : undefined;
  if (!bodies) {
    return [{ body, headers, ...(typeof messageId === 'string' && { messageId }) }];
  }
  const { traceparents } = headers;
  return bodies.map((line, index) => ({
    body: line,
    headers: {
      traceparent: Array.isArray(traceparents) ? (traceparents[index] as unknown) : undefined,
    },
  }));
}

/** Undefined when there are too many lines for a bundle. */
function splitLines(body: Uint8Array): Uint8Array[] | undefined {
  const lines: Uint8Array[] = [];
  for (let start = 0; start <= body.byteLength;) {
    const end = body.indexOf(LINE_END, start);
    const next = end === -1 ? body.byteLength : end;
    lines.push(body.subarray(start, next));
    if (lines.length > MAX_BUNDLED) return undefined;
    start = next + 1;
  }
  return lines;
}
