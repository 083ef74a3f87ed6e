import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** Path below which the token of a one-time link stands. */
export const DECISION_LINK_PATH = '/v1/workflow-approvals/links/';

/** A token for a link that decides: 256 random bits. Only its hash is stored. */
export function generateLinkToken(): { token: string; hash: Uint8Array } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashOfToken(token) };
}

/** SHA-256 of a token; undefined for a text that is none. */
export const hashOfLinkToken = (text: string): Uint8Array | undefined =>
  TOKEN.test(text) ? hashOfToken(text) : undefined;

const hashOfToken = (token: string): Uint8Array => createHash('sha256').update(token).digest();

/** Names of the parts of a Slack message, which come back with a click. */
export const SLACK_PARTS = {
  approve: 'calseta_approve',
  reject: 'calseta_reject',
  reasonBlock: 'calseta_reason',
  reason: 'reason',
} as const;
