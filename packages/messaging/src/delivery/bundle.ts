import { type Options } from 'amqplib';
import { type DeliveryHeaders } from './delivery-headers.js';

/**
 * Alert messages in one AMQP message at most. Ten save nine tenths of the broker's cost. With more, a consumer
 * would only fetch more in advance, and keep it from other replicas.
 */
export const MAX_BUNDLED = 10;

const SINGLE = 'application/json';
const BUNDLE = 'application/x-ndjson';
const LINE_END = 0x0a;

/** One alert message as it travels, with its trace. */
export type Line = { body: Uint8Array; headers: DeliveryHeaders; messageId?: string };

type Outgoing = { text: string; messageId: string; traceparent: string };

/**
 * The AMQP message for these lines: a single one unchanged, several with a line each, which costs the broker as
 * much as one. Their traces are in the header `traceparent`, or in `traceparents` in the order of the lines.
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

/** The lines of an AMQP message. A message that is no bundle of ours is a single line, whatever it contains. */
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

/** Undefined when there are more lines than a bundle has. */
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
