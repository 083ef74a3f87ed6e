import { type AlertMessage, PermanentError, alertMessageSchema } from '@calseta/common';

/** A real alert message has about 300 bytes. */
export const MAX_MESSAGE_BYTES = 16_384;

/** Encodes a message as one line of JSON; validates it, so that no consumer gets an invalid one. */
export function encodeMessage(message: AlertMessage): string {
  const parsed = alertMessageSchema.safeParse(message);
  if (!parsed.success) throw invalid(parsed.error.issues);
  return JSON.stringify(parsed.data);
}

/** Decodes a message. For an invalid one it throws a PermanentError that names paths, never content. */
export function decodeMessage(body: Uint8Array): AlertMessage {
  if (body.byteLength > MAX_MESSAGE_BYTES) {
    throw new PermanentError('message.invalid', `Longer than ${MAX_MESSAGE_BYTES} bytes.`);
  }
  const parsed = alertMessageSchema.safeParse(parseJson(body));
  if (!parsed.success) throw invalid(parsed.error.issues);
  return parsed.data;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new PermanentError('message.invalid', 'Not JSON.');
  }
}

function invalid(issues: readonly { path: PropertyKey[]; message: string }[]): PermanentError {
  const places = issues.map(({ path }) => `/${path.map(String).join('/')}`);
  return new PermanentError('message.invalid', `Does not fit its schema at ${places.join(', ')}.`, {
    issues: issues.map(({ message }, index) => ({ pointer: places[index] ?? '', message })),
  });
}
