import { createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { AppError, INGEST_HEADERS } from '@calseta/common';
import { decodeSigningSecret } from '@calseta/platform';

/** Largest difference between the signed time and ours, either way. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;
/** Signatures that one request may have; a sender that rotates its secret sends two. */
export const MAX_SIGNATURES = 10;

export type SignedRequest = { headers: IncomingHttpHeaders; body: Buffer; receivedAt: Date };

/** What a request claims as its signature; schemes differ in the signed text, the key and the encoding. */
type Claim = {
  /** Undefined in a scheme without a signed time. */
  timestamp: string | undefined;
  /** Compared as encoded text, since a decoder would skip invalid characters. */
  signatures: string[];
  encoding: 'hex' | 'base64';
  signedPrefix: string;
  keyOf(secret: string): Buffer | undefined;
};

/**
 * Throws unless one of the secrets signed the request within the tolerance. Accepts `X-Calseta-Signature:
 * t=<unix>,v1=<hex>` over `<t>.<body>`, the headers of Standard Webhooks, and GitHub's `X-Hub-Signature-256:
 * sha256=<hex>` over the body, which has no time, so that whoever holds such a request can replay it. A header
 * with any other content counts as no signature.
 */
export function verifySignature(request: SignedRequest, secrets: readonly string[]): void {
  const { headers } = request;
  const claim = ownClaim(headers) ?? standardClaim(headers) ?? hubClaim(headers);
  if (!claim) throw refusal('The request is not signed.');
  if (claim.timestamp !== undefined && !isRecent(claim.timestamp, request.receivedAt)) {
    throw refusal(
      `The time of the signature is more than ${SIGNATURE_TOLERANCE_SECONDS} s from ours.`,
    );
  }
  // Every pair is compared, so that the duration does not reveal which one matches.
  const matches = secrets.flatMap((secret) => {
    const expected = sign(claim, secret, request.body);
    return claim.signatures.map(
      (signature) => expected !== undefined && isEqual(expected, signature),
    );
  });
  if (!matches.includes(true)) throw refusal('The signature does not fit the body and the secret.');
}

const refusal = (message: string) => new AppError('auth.signature_invalid', message);

const TIMESTAMP = /^\d{1,12}$/;
const OWN_TIME = /^t=(?<time>\d{1,12})$/;
const OWN_SIGNATURE = /^v1=(?<hex>[0-9a-fA-F]{64})$/;

function ownClaim(headers: IncomingHttpHeaders): Claim | undefined {
  const header = textOf(headers[INGEST_HEADERS.signature.toLowerCase()]);
  if (header === '') return undefined;
  const parts = header.split(',').map((part) => part.trim());
  const times = groupsIn(parts, OWN_TIME, 'time');
  const signatures = groupsIn(parts, OWN_SIGNATURE, 'hex');
  const [timestamp] = times;
  const isReadable = times.length === 1 && times.length + signatures.length === parts.length;
  if (timestamp === undefined || !isReadable || !isCountAllowed(signatures)) {
    throw refusal('X-Calseta-Signature is not of the form t=<unix seconds>,v1=<64 hex digits>.');
  }
  return {
    timestamp,
    signatures: signatures.map((hex) => hex.toLowerCase()),
    encoding: 'hex',
    signedPrefix: `${timestamp}.`,
    keyOf: (secret) => Buffer.from(secret),
  };
}

/** HMAC-SHA256 in base64, compared including its last digit and the padding. */
const STANDARD_SIGNATURE = /^v1,(?<base64>[A-Za-z0-9+/]{43}=)$/;
/** Versions other than `v1`, which receivers skip according to the specification: `v1a` is asymmetric. */
const STANDARD_OTHER_VERSION = /^v(?!1,)(?<version>\d+[a-z]?),[A-Za-z0-9+/=_-]+$/;

function standardClaim(headers: IncomingHttpHeaders): Claim | undefined {
  const id = textOf(headers[INGEST_HEADERS.webhookId]);
  const timestamp = textOf(headers[INGEST_HEADERS.webhookTimestamp]);
  const header = textOf(headers[INGEST_HEADERS.webhookSignature]);
  if (id === '' || timestamp === '' || header === '') return undefined;
  const parts = header.split(' ');
  const signatures = groupsIn(parts, STANDARD_SIGNATURE, 'base64');
  const others = groupsIn(parts, STANDARD_OTHER_VERSION, 'version');
  const isReadable =
    TIMESTAMP.test(timestamp) && signatures.length + others.length === parts.length;
  if (!isReadable || !isCountAllowed(signatures)) {
    throw refusal('webhook-signature is not of the form v1,<base64 of 32 bytes>.');
  }
  return {
    timestamp,
    signatures,
    encoding: 'base64',
    signedPrefix: `${id}.${timestamp}.`,
    keyOf: decodeSigningSecret,
  };
}

const HUB_SIGNATURE = /^sha256=(?<hex>[0-9a-f]{64})$/i;

function hubClaim(headers: IncomingHttpHeaders): Claim | undefined {
  const header = textOf(headers['x-hub-signature-256']);
  if (header === '') return undefined;
  const signatures = groupsIn([header], HUB_SIGNATURE, 'hex');
  if (signatures.length === 0) {
    throw refusal('X-Hub-Signature-256 is not of the form sha256=<64 hex digits>.');
  }
  return {
    timestamp: undefined,
    signatures: signatures.map((hex) => hex.toLowerCase()),
    encoding: 'hex',
    signedPrefix: '',
    keyOf: (secret) => Buffer.from(secret),
  };
}

const textOf = (header: string | string[] | undefined): string =>
  typeof header === 'string' ? header : '';

const groupsIn = (parts: readonly string[], pattern: RegExp, name: string): string[] =>
  parts.flatMap((part) => pattern.exec(part)?.groups?.[name] ?? []);

const isCountAllowed = (signatures: readonly string[]): boolean =>
  signatures.length > 0 && signatures.length <= MAX_SIGNATURES;

function isRecent(timestamp: string, receivedAt: Date): boolean {
  const apart = Math.abs(Math.floor(receivedAt.getTime() / 1_000) - Number(timestamp));
  return apart <= SIGNATURE_TOLERANCE_SECONDS;
}

function sign(
  { keyOf, signedPrefix, encoding }: Claim,
  secret: string,
  body: Buffer,
): string | undefined {
  const key = keyOf(secret);
  return key && createHmac('sha256', key).update(signedPrefix).update(body).digest(encoding);
}

const isEqual = (expected: string, given: string): boolean =>
  expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
