import { isOutage } from '@calseta/common';
import { Secret } from '../config/secret.js';

export const REDACTED = '[redacted]';

const MAX_TEXT_LENGTH = 4_096;
const MAX_ITEMS = 50;
const MAX_DEPTH = 6;
const MAX_STACK_LINES = 20;

const SECRET_KEYS =
  /(^|_)(authorization|auth_header|cookie|passwd|password|secret|token|api_key|apikey|signing_key|encryption_key|private_key|credential|credentials|signature)s?$/;

/** Our keys and signing secrets, bearer tokens, and passwords in URLs, anywhere in a text. */
const SECRET_TEXT = [
  [/\bcai_[\w-]{4,}/g, 'cai_[redacted]'],
  [/\bwhsec_[\w+/=-]{4,}/g, 'whsec_[redacted]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, `$1 ${REDACTED}`],
  [/(\b[a-z][a-z\d+.-]{0,20}:\/\/[^\s:@/]{0,256}):[^\s@/]{1,256}@/gi, `$1:${REDACTED}@`],
] as const;

/** Every pattern needs one of these; most texts have none, so this test is enough. */
const MAY_HOLD_SECRET = /cai_|whsec_|bearer|basic|:\/\//i;

/** True when a field of this name contains a secret, in any case or spelling. */
export const isSecretKey = (key: string): boolean =>
  SECRET_KEYS.test(
    key
      .replace(/([a-z\d])([A-Z])/g, '$1_$2')
      .replace(/[\s.-]+/g, '_')
      .toLowerCase(),
  );

/** Field names that are cached; our events use some hundred. */
const MAX_KNOWN_KEYS = 1_000;
const MAX_KNOWN_KEY_LENGTH = 128;
const knownKeys = new Map<string, { text: string; isSecret: boolean }>();

/** The text logged for a field name, and whether its value is hidden. */
function readKey(key: string): { text: string; isSecret: boolean } {
  const known = knownKeys.get(key);
  if (known) return known;
  const read = { text: redactText(key), isSecret: isSecretKey(key) };
  const isWorthKnowing = knownKeys.size < MAX_KNOWN_KEYS && key.length <= MAX_KNOWN_KEY_LENGTH;
  if (isWorthKnowing) knownKeys.set(key, read);
  return read;
}

/** Copies any value in a form that is safe and small enough to log. */
export function redact(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
      return value.toString();
    case 'function':
    case 'symbol':
      return undefined;
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return value;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Secret) return REDACTED;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Map || value instanceof Set) return redactObject([...value], depth);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
  return addRedacted({}, value, depth);
}

/** Replaces secrets that have a recognisable form, and truncates long text. */
export function redactText(text: string): string {
  const cut =
    text.length > MAX_TEXT_LENGTH
      ? `${text.slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters)`
      : text;
  if (!MAY_HOLD_SECRET.test(cut)) return cut;
  return SECRET_TEXT.reduce<string>((clean, [pattern, by]) => clean.replace(pattern, by), cut);
}

/** Adds a record's entries to another record, redacted and limited in number. */
export function addRedacted(
  to: Record<string, unknown>,
  from: object,
  depth = 0,
): Record<string, unknown> {
  const keys = Object.keys(from);
  const length = Math.min(keys.length, MAX_ITEMS);
  for (let index = 0; index < length; index += 1) {
    const key = keys[index] ?? '';
    const item = (from as Record<string, unknown>)[key];
    const { text, isSecret } = readKey(key);
    const value = isSecret && item != null ? REDACTED : redact(item, depth + 1);
    if (text === '__proto__') Object.defineProperty(to, text, { value, enumerable: true });
    else to[text] = value;
  }
  return to;
}

/** Logs only the reason and the place: libraries attach whole requests, headers included, to errors. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(isOutage(error) ? reasonOfOutage(error) : stackAndCause(error, depth)),
  };
}

const stackAndCause = (error: Error, depth: number): Record<string, unknown> => ({
  ...(error.stack === undefined
    ? {}
    : { stack: redactText(error.stack.split('\n').slice(0, MAX_STACK_LINES).join('\n')) }),
  ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  ...(error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {}),
});

/** The stack of an outage is left out: it explains nothing, and many callers meet the same outage. */
function reasonOfOutage({ cause }: Error): Record<string, unknown> {
  if (cause === undefined) return {};
  const causes = cause instanceof AggregateError ? cause.errors : [cause];
  return { reason: redactText(causes.slice(0, MAX_ITEMS).map(String).join('; ')) };
}
