import {
  type ApprovalResource,
  DECISION_LINK_PATH,
  generateLinkToken,
  newTraceparent,
  sign,
  webhookIdOf,
} from '@calseta/common';
import {
  type ApprovalNoticeStore,
  type ClaimedNotice,
  type NoticeOutcome,
} from '@calseta/database';
import {
  type Cipher,
  decodeSigningSecret,
  type OutboundHttp,
  type OutboundResult,
} from '@calseta/platform';
import { buildHeaders } from '../webhooks/build-headers.js';
import { decideOutcome } from '../webhooks/decide-outcome.js';
import { RETRY_DELAYS_MS } from '../webhooks/retry-schedule.js';
import { renderSlack, renderWebhook } from './render-notice.js';

const TIMEOUT_MS = 10_000;
/** Nothing of an answer is kept. */
const MAX_RESPONSE_BYTES = 1_024;

export type SendNoticeDeps = {
  store: Pick<ApprovalNoticeStore, 'addLink'>;
  getApproval: (uuid: string) => Promise<ApprovalResource | undefined>;
  http: Pick<OutboundHttp, 'post'>;
  cipher: Pick<Cipher, 'decrypt'>;
  publicUrl: string;
  /** Aborted when the process must stop. */
  signal: AbortSignal;
};

/** Tells one approver of one approval: with a link of their own, which is made anew for each attempt. */
export const noticeSender = (deps: SendNoticeDeps) =>
  async function sendNotice(notice: ClaimedNotice): Promise<NoticeOutcome> {
    const { id, leaseToken, urlEncrypted } = notice;
    const held = { id, leaseToken };
    const approval = await deps.getApproval(notice.approvalId);
    if (!approval || urlEncrypted === null)
      return { ...held, status: 'dead', error: 'there is no such place any more' };
    const now = new Date();
    const decision = decideOutcome({
      result: withoutLocation(await post(deps, notice, urlEncrypted, approval, now)),
      attemptNumber: notice.attemptNumber,
      now,
      random: Math.random(),
      retryDelaysMs: RETRY_DELAYS_MS,
      remainingMs: notice.remainingMs,
    });
    switch (decision.kind) {
      case 'delivered':
        return { ...held, status: 'delivered' };
      case 'retry': {
        const { error, delayMs: retryDelayMs } = decision;
        return { ...held, status: 'pending', error, retryDelayMs };
      }
      default:
        return { ...held, status: 'dead', error: decision.error };
    }
  };

async function post(
  { http, cipher, signal, ...deps }: SendNoticeDeps,
  notice: ClaimedNotice,
  urlEncrypted: string,
  approval: ApprovalResource,
  now: Date,
): Promise<OutboundResult> {
  const link = notice.mayHoldLink ? await makeLink(deps, notice) : undefined;
  const told = { approval, approver: notice.approverName, link };
  const isSlack = notice.channel === 'slack';
  const body = isSlack ? renderSlack(told) : renderWebhook(told);
  const headers = isSlack
    ? { 'content-type': 'application/json; charset=utf-8' }
    : signedHeaders(notice.id, body, keyOf(cipher.decrypt(notice.signingSecretEncrypted)), now);
  return await http.post(cipher.decrypt(urlEncrypted), {
    headers,
    body,
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    signal,
  });
}

async function makeLink(
  { store, publicUrl }: Pick<SendNoticeDeps, 'store' | 'publicUrl'>,
  { approvalId, approverId }: ClaimedNotice,
): Promise<string> {
  const { token, hash: tokenHash } = generateLinkToken();
  await store.addLink({ tokenHash, approvalId, approverId });
  return `${publicUrl.replace(/\/$/, '')}${DECISION_LINK_PATH}${token}`;
}

/** As agents get their pushes: Standard Webhooks, the same id in every attempt. */
function signedHeaders(id: string, body: string, key: Buffer, now: Date): Record<string, string> {
  const timestampSeconds = Math.floor(now.getTime() / 1_000);
  const signature = sign({ webhookId: webhookIdOf(id), timestampSeconds, body }, [key]);
  return buildHeaders({
    deliveryId: id,
    timestampSeconds,
    signature,
    traceparent: newTraceparent(),
  });
}

function keyOf(secret: string): Buffer {
  const key = decodeSigningSecret(secret);
  if (!key) throw new Error('The signing secret is not a whsec_… secret.');
  return key;
}

/** The target of a redirect may repeat the secret path of the URL. */
const withoutLocation = (result: OutboundResult): OutboundResult =>
  result.kind === 'response' && result.headers['location'] !== undefined
    ? { ...result, headers: { ...result.headers, location: undefined } }
    : result;
