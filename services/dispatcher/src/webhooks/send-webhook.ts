import { createBulkhead, runInTurns } from '@calseta/async';
import {
  childTraceparent,
  runAtOnce,
  type SignedMessage,
  signInSlices,
  storableText,
  webhookIdOf,
} from '@calseta/common';
import { type OutboundHttp, type OutboundResult } from '@calseta/platform';
import { type AgentSecrets, type AgentWithUrl } from '../domain/agent.js';
import { buildHeaders } from './build-headers.js';
import { prepareSecrets, redactSecrets, type Spellings } from '@calseta/http-steps';
import { mayHoldSignature, secretsOfAgent, secretsOfSignature } from './sent-secrets.js';

/** Characters of an agent's answer that are stored with the attempt. */
const MAX_KEPT_RESPONSE_CHARACTERS = 4_096;
/** Twice as much is read, so that a secret at the edge is recognised before the cut. */
const MAX_READ_RESPONSE_BYTES = 2 * MAX_KEPT_RESPONSE_CHARACTERS;

export type Push = {
  deliveryId: string;
  agent: AgentWithUrl;
  secrets: AgentSecrets;
  body: string | Uint8Array;
  traceparent: string | undefined;
  signal: AbortSignal;
};

/**
 * `unrendered`: nothing was sent, because the body could not be rendered. `interrupted`: it may have arrived, but there
 * is no answer, for a reason that says nothing about the agent.
 */
export type PushResult = OutboundResult | { kind: 'unrendered' | 'interrupted'; error: string };

export type SentPush = {
  result: PushResult;
  startedAt: Date;
  durationMs: number;
  /** That the agent got; undefined when nothing was sent. */
  traceparent?: string;
  /** Bounded, without our secrets and without characters that Postgres refuses. */
  responseBody: string | undefined;
  /** What was odd about the answer, though it decides nothing. */
  note: string | undefined;
};

export type SendWebhook = (push: Push) => Promise<SentPush>;

/** Signs a body, posts it to its agent and measures the time; never rejects. */
export function webhookSender(http: Pick<OutboundHttp, 'post'>, now: () => Date): SendWebhook {
  const spellingsOf = createSpellingsOf();
  const signInTurn = createSigner();
  return async function sendWebhook(push) {
    const { deliveryId, agent, secrets, body, signal } = push;
    const traceparent = childTraceparent(push.traceparent);
    const startedAt = now();
    const startedTick = performance.now();
    const timestampSeconds = Math.floor(startedAt.getTime() / 1_000);
    const message = { webhookId: webhookIdOf(deliveryId), timestampSeconds, body };
    const signature = await signInTurn(message, signingKeysAt(startedAt, secrets));
    const headers = buildHeaders({
      deliveryId,
      timestampSeconds,
      signature,
      agentHeaders: secrets.headers,
      authHeader: secrets.authHeader,
      traceparent,
    });
    const result = await http
      .post(agent.webhookUrl, {
        headers,
        body,
        timeoutMs: agent.timeoutMs,
        maxResponseBytes: MAX_READ_RESPONSE_BYTES,
        tls: secrets.tls,
        signal,
      })
      .catch(interruption);
    const durationMs = Math.round(performance.now() - startedTick);
    const sent: SentPush = {
      result,
      startedAt,
      durationMs,
      traceparent,
      responseBody: undefined,
      note: undefined,
    };
    if (result.kind !== 'response') return sent;
    const spellings = spellingsOf(agent, secrets);
    sent.result = withoutSecrets(result, spellings);
    sent.responseBody = keep(result, spellings, signature);
    sent.note = result.note;
    return sent;
  };
}

/** Two while a secret rotates. */
const signingKeysAt = (now: Date, { signingKey, previous }: AgentSecrets): Buffer[] =>
  previous !== undefined && previous.expiresAt > now ? [signingKey, previous.key] : [signingKey];

/** Bodies that are signed at once; the time of it is less than that of a turn of the event loop. */
const MAX_BYTES_AT_ONCE = 64 * 1_024;

/** Signs large bodies one after the other, a slice in each turn, so that hundreds of them hold up nothing else. */
function createSigner() {
  const turns = createBulkhead({ maxRunning: 1, maxWaiting: Number.POSITIVE_INFINITY });
  return async (message: SignedMessage, keys: readonly Buffer[]): Promise<string> => {
    const work = signInSlices(message, keys);
    if (message.body.length <= MAX_BYTES_AT_ONCE) return runAtOnce(work);
    return await turns.run(async () => await runInTurns(work));
  };
}

/** The signal aborted: the push may have arrived. */
const interruption = (): PushResult => ({
  kind: 'interrupted',
  error: 'the dispatcher stopped before there was an answer',
});

type Response = Extract<OutboundResult, { kind: 'response' }>;

/** Characters of a redirect's target that are kept. */
const MAX_LOCATION_CHARACTERS = 500;

/** The target of a redirect is shown, and may repeat the secret path of the webhook. */
function withoutSecrets(response: Response, spellings: Spellings): Response {
  if (response.headers['location'] === undefined) return response;
  const [location = ''] = [response.headers['location']].flat();
  const shown = redactSecrets(location.slice(0, MAX_LOCATION_CHARACTERS), spellings, {
    isCut: location.length > MAX_LOCATION_CHARACTERS,
  });
  return { ...response, headers: { ...response.headers, location: storableText(shown) } };
}

type Answer = { body: string; truncated: boolean };

/** What the attempt keeps of an answer, without secrets that we sent. Most answers are empty. */
function keep(
  { body, truncated: isCut }: Answer,
  agents: Spellings,
  signature: string,
): string | undefined {
  if (body === '') return undefined;
  const spellings =
    isCut || mayHoldSignature(body)
      ? [...agents, ...prepareSecrets(secretsOfSignature(signature))]
      : agents;
  const redacted = redactSecrets(body, spellings, { isCut });
  return storableText(redacted.slice(0, MAX_KEPT_RESPONSE_CHARACTERS));
}

/** Prepares an agent's secrets once for each version of its configuration. */
function createSpellingsOf() {
  const known = new WeakMap<AgentWithUrl, Spellings>();
  return (agent: AgentWithUrl, secrets: AgentSecrets): Spellings => {
    const spellings = known.get(agent) ?? prepareSecrets(secretsOfAgent(agent.webhookUrl, secrets));
    known.set(agent, spellings);
    return spellings;
  };
}
