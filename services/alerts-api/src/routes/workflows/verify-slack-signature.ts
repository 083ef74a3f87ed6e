import { createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { AppError } from '@calseta/common';

/** Largest difference between the signed time and ours, either way. */
export const SLACK_TOLERANCE_SECONDS = 300;

const TIMESTAMP = /^\d{1,12}$/;

/**
 * Throws unless Slack signed the request: `v0=<hex of HMAC-SHA256>` over `v0:<time>:<body>`
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 */
export function verifySlackSignature(
  { headers, body, now }: { headers: IncomingHttpHeaders; body: Buffer; now: Date },
  secret: string,
): void {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers;
  if (typeof timestamp !== 'string' || typeof signature !== 'string' || !TIMESTAMP.test(timestamp))
    throw refusal('The request is not signed by Slack.');
  const expected = `v0=${createHmac('sha256', secret)
    .update(`v0:${timestamp}:`)
    .update(body)
    .digest('hex')}`;
  const isSigned = isEqual(Buffer.from(expected), Buffer.from(signature));
  const isRecent = Math.abs(now.getTime() / 1_000 - Number(timestamp)) <= SLACK_TOLERANCE_SECONDS;
  if (!isSigned) throw refusal('The signature does not fit the body and the secret.');
  if (!isRecent)
    throw refusal(`The time of the signature is more than ${SLACK_TOLERANCE_SECONDS} s from ours.`);
}

const refusal = (message: string) => new AppError('auth.signature_invalid', message);

const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
