import {
  AppError,
  ERROR_CODES,
  type ErrorCode,
  issueSchema,
  type ProblemMembers,
} from '@calseta/common';
import { z } from 'zod';

/** Maximum number of bytes of JSON in a reply, and in a request whose contract says nothing else. */
export const MAX_REQUEST_BYTES = 262_144;
/** Maximum number of unanswered requests of one process; further ones are refused. */
export const MAX_PENDING_REQUESTS = 1_000;
/** Requests that one responder handles at once. */
export const RESPONDER_CONCURRENCY = 16;
/** Maximum number of requests that wait for a responder. */
export const MAX_QUEUED_REQUESTS = 1_000;

const topicSchema = z
  .string()
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/)
  .max(100);

const errorCodeSchema = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

/** Issues of one error; further ones are not sent. */
const MAX_SENT_ISSUES = 100;

const errorSchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  issues: z.array(issueSchema).optional(),
  retryAfterSeconds: z.number().optional(),
  members: z
    .object({ alert_uuid: z.string().optional(), results: z.array(z.unknown()).optional() })
    .optional(),
});
type SentError = z.infer<typeof errorSchema>;

const replySchema = z.union([
  z.object({ result: z.unknown() }).strict(),
  z.object({ error: errorSchema }).strict(),
]);

/** `calseta.requests.<topic>`; all responders of a topic share it. */
export const requestQueueName = (topic: string): string =>
  `calseta.requests.${topicSchema.parse(topic)}`;

export function encodeRequest(body: unknown, maxBytes = MAX_REQUEST_BYTES): Buffer {
  const encoded = Buffer.from(JSON.stringify(body ?? null));
  if (encoded.byteLength <= maxBytes) return encoded;
  throw new AppError('request.too_large', `A request is limited to ${maxBytes} bytes.`);
}

/** Runs the responder and encodes its result or its error as a reply. */
export async function encodeReply(respond: () => Promise<unknown>): Promise<Buffer> {
  try {
    const reply = Buffer.from(JSON.stringify({ result: (await respond()) ?? null }));
    if (reply.byteLength <= MAX_REQUEST_BYTES) return reply;
    throw new AppError('internal.error', `The reply exceeds ${MAX_REQUEST_BYTES} bytes.`);
  } catch (error) {
    return Buffer.from(JSON.stringify({ error: describe(error) }));
  }
}

/** Returns the result of a reply, or throws the responder's error as an AppError. */
export function decodeReply(body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const reply = replySchema.parse(JSON.parse(text));
  if (!('error' in reply)) return reply.result;
  const { code, message, issues = [], retryAfterSeconds, members } = reply.error;
  throw new AppError(code, message, {
    issues,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(members && { members: members as ProblemMembers }),
  });
}

/** Other errors are defects of the responder; their text is not sent. */
const describe = (error: unknown): SentError =>
  error instanceof AppError
    ? {
        code: error.code,
        message: error.message,
        issues: error.issues.slice(0, MAX_SENT_ISSUES),
        retryAfterSeconds: error.retryAfterSeconds,
        members: error.members,
      }
    : { code: 'internal.error', message: 'The responder failed.' };
