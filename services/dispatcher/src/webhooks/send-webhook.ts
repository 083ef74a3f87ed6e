import { storableText } from '@calseta/common';
import type { OutboundHttp, OutboundResult } from '@calseta/platform';
import type { Agent, AgentSecrets } from '../agents.js';
import { buildHeaders } from './build-headers.js';
import { redactSecrets } from './redact-secrets.js';

/** Characters of an agent's answer that its attempt keeps. */
const MAX_KEPT_RESPONSE_CHARACTERS = 4_096;
/** Twice as much is read, so that a secret at the edge is recognised whole before the cut. */
const MAX_READ_RESPONSE_BYTES = 2 * MAX_KEPT_RESPONSE_CHARACTERS;

export type Push = {
  deliveryId: string;
  agent: Agent;
  secrets: AgentSecrets;
  body: string | Uint8Array;
  traceparent: string | undefined;
  signal: AbortSignal;
};

/** `unrendered`: nothing was sent, for the body could not be written. */
export type PushResult = OutboundResult | { kind: 'unrendered'; error: string };

export type SentPush = {
  result: PushResult;
  startedAt: Date;
  durationMs: number;
  /** Bounded, free of our secrets and of what Postgres refuses. */
  responseBody: string | undefined;
};

export type SendWebhook = (push: Push) => Promise<SentPush>;

/** Signs a body, posts it to its agent and times it. Rejects only when the signal aborts. */
export const createSendWebhook =
  (http: Pick<OutboundHttp, 'post'>, now: () => Date): SendWebhook =>
  async ({ deliveryId, agent, secrets, body, traceparent, signal }) => {
    const startedAt = now();
    const startedTick = performance.now();
    const { authHeader, signingKey, previous } = secrets;
    const isRotating = previous !== undefined && previous.expiresAt > startedAt;
    const headers = buildHeaders({
      deliveryId,
      body,
      sentAt: startedAt,
      signingKeys: isRotating ? [signingKey, previous.key] : [signingKey],
      ...(authHeader !== undefined && { authHeader }),
      ...(traceparent !== undefined && { traceparent }),
    });
    const result = await http.post(agent.webhookUrl, {
      headers,
      body,
      timeoutMs: agent.timeoutMs,
      maxResponseBytes: MAX_READ_RESPONSE_BYTES,
      signal,
    });
    return {
      result,
      startedAt,
      durationMs: Math.round(performance.now() - startedTick),
      responseBody:
        result.kind === 'response' ? keep(result.body, agent.webhookUrl, authHeader) : undefined,
    };
  };

/** What is kept of an answer, without our secrets; most are empty. */
function keep(body: string, webhookUrl: string, authHeader = ''): string | undefined {
  if (body === '') return undefined;
  const redacted = redactSecrets(body, [authHeader, ...pathsOf(webhookUrl)]);
  return storableText(redacted.slice(0, MAX_KEPT_RESPONSE_CHARACTERS));
}

/** Many webhooks carry their credential there, and servers quote it when they do not know the path. */
function pathsOf(webhookUrl: string): string[] {
  const { pathname, search } = new URL(webhookUrl);
  return [pathname + search, pathname, search];
}
