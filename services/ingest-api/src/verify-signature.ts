import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@calseta/common';
import { decodeSigningSecret } from '@calseta/platform';

/** How far the time of a signature may be from ours, either way. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;
/** Signatures of one request that are looked at; a sender that rotates its secret sends two. */
export const MAX_SIGNATURES = 10;

export type SignedRequest = { headers: IncomingHttpHeaders; body: Buffer; receivedAt: Date };

/** What a request says to be signed with; the two schemes differ in the text and in the key. */
type Claim = {
  timestamp: string;
  signatures: Buffer[];
  signedPrefix: string;
  keyOf(secret: string): Buffer | undefined;
};

/**
 * Throws unless one of the secrets signed the request lately. Takes `X-Calseta-Signature:
 * t=<unix>,v1=<hex>` over `<t>.<body>`, and the headers of Standard Webhooks.
 */
export function verifySignature(request: SignedRequest, secrets: readonly string[]): void {
  const claim = ownClaim(request.headers) ?? standardClaim(request.headers);
  if (!claim) throw refusal('The request is not signed.');
  if (!isRecent(claim.timestamp, request.receivedAt)) {
    throw refusal(
      `The time of the signature is more than ${SIGNATURE_TOLERANCE_SECONDS} s from ours.`,
    );
  }
  // Every pair is compared, so that the time taken tells nothing about which one fits.
  const matches = secrets.flatMap((secret) => {
    const expected = sign(claim, secret, request.body);
    return claim.signatures.map(
      (signature) => expected !== undefined && isEqual(expected, signature),
    );
  });
  if (!matches.includes(true)) throw refusal('The signature does not fit the body and the secret.');
}

const refusal = (message: string) => new AppError('auth.signature_invalid', message);

function ownClaim(headers: IncomingHttpHeaders): Claim | undefined {
  const parts = textOf(headers['x-calseta-signature'])
    .split(',')
    .map((part) => part.trim());
  const timestamp = parts.find((part) => part.startsWith('t='))?.slice(2);
  if (timestamp === undefined) return undefined;
  return {
    timestamp,
    signatures: signaturesIn(parts, 'v1=', 'hex'),
    signedPrefix: `${timestamp}.`,
    keyOf: (secret) => Buffer.from(secret),
  };
}

function standardClaim(headers: IncomingHttpHeaders): Claim | undefined {
  const id = textOf(headers['webhook-id']);
  const timestamp = textOf(headers['webhook-timestamp']);
  if (id === '' || timestamp === '') return undefined;
  return {
    timestamp,
    signatures: signaturesIn(textOf(headers['webhook-signature']).split(' '), 'v1,', 'base64'),
    signedPrefix: `${id}.${timestamp}.`,
    keyOf: decodeSigningSecret,
  };
}

const textOf = (header: string | string[] | undefined): string =>
  typeof header === 'string' ? header : '';

const signaturesIn = (
  parts: readonly string[],
  mark: string,
  encoding: 'hex' | 'base64',
): Buffer[] =>
  parts
    .filter((part) => part.startsWith(mark))
    .slice(0, MAX_SIGNATURES)
    .map((part) => Buffer.from(part.slice(mark.length), encoding));

function isRecent(timestamp: string, receivedAt: Date): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  const apart = Math.abs(Math.floor(receivedAt.getTime() / 1_000) - Number(timestamp));
  return apart <= SIGNATURE_TOLERANCE_SECONDS;
}

function sign({ keyOf, signedPrefix }: Claim, secret: string, body: Buffer): Buffer | undefined {
  const key = keyOf(secret);
  return key && createHmac('sha256', key).update(signedPrefix).update(body).digest();
}

const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
