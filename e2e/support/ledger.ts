import { setTimeout as delay } from 'node:timers/promises';
import { newUuid } from '@calseta/common';
import { eventually } from '@calseta/testing';
import { expect } from '@jest/globals';
import { type SinkAgent } from './agent-sink.js';
import { ADMIN_KEY } from './call-api.js';

/** One answer to one attempt at a post; status 0: no answer. `detail` is the reason of a refusal. */
export type Posted = {
  status: number;
  alertUuid?: string;
  retryAfter?: string | null;
  detail?: string;
};

export type Ledger = {
  answers: Posted[];
  /** Alerts that were acknowledged with 202. */
  accepted: Set<string>;
  post: (alert?: Record<string, unknown>, headers?: Record<string, string>) => Promise<Posted>;
  /** Posts this number of alerts, a few at a time, each until it is acknowledged. */
  postMany: (count: number, options?: PostManyOptions) => Promise<void>;
};

type PostManyOptions = { concurrency?: number; pauseMs?: number };

const RETRY_MS = 100;
const POST_TIMEOUT_MS = 10_000;

/** Posts alerts as a SIEM does and keeps every answer; several ledgers may share the accepted alerts. */
export function createLedger(baseUrl: string, accepted = new Set<string>()): Ledger {
  const answers: Posted[] = [];

  const post: Ledger['post'] = async (alert = {}, headers = {}) => {
    const posted = await send(baseUrl, alert, headers);
    answers.push(posted);
    if (posted.status === 202 && posted.alertUuid) accepted.add(posted.alertUuid);
    return posted;
  };
  async function postUntilAccepted(index: number): Promise<void> {
    const key = newUuid();
    for (;;) {
      const severity = index % 3 === 0 ? 'High' : 'Low';
      const { status } = await post(
        { title: `Alert ${index} of ${key}`, severity },
        { 'idempotency-key': key },
      );
      if (status === 202) return;
      await delay(RETRY_MS);
    }
  }
  return {
    answers,
    accepted,
    post,
    async postMany(count, { concurrency = 8, pauseMs = 0 } = {}) {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < count) {
          next += 1;
          await postUntilAccepted(next);
          if (pauseMs > 0) await delay(pauseMs);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    },
  };
}

async function send(
  baseUrl: string,
  alert: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<Posted> {
  try {
    const response = await fetch(`${baseUrl}/v1/ingest/generic`, {
      method: 'POST',
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ title: `Alert ${newUuid()}`, ...alert }),
    });
    const body = (await response.json()) as {
      data?: { alert_uuid: string };
      detail?: string;
    };
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      ...(body.data && { alertUuid: body.data.alert_uuid }),
      ...(body.detail !== undefined && { detail: body.detail }),
    };
  } catch {
    return { status: 0 };
  }
}

/** Compares the acknowledged alerts with those that one agent received. */
export function compare(ledger: Pick<Ledger, 'accepted'>, agent: SinkAgent) {
  const idsByAlert = new Map<string, Set<string>>();
  for (const { webhookId, payload } of agent.pushes()) {
    const ids = idsByAlert.get(payload.alert.uuid) ?? new Set();
    idsByAlert.set(payload.alert.uuid, ids.add(webhookId));
  }
  return {
    lost: [...ledger.accepted].filter((uuid) => !idsByAlert.has(uuid)),
    unexpected: [...idsByAlert.keys()].filter((uuid) => !ledger.accepted.has(uuid)),
    severalIds: [...idsByAlert].filter(([, ids]) => ids.size !== 1).map(([uuid]) => uuid),
  };
}

/** Waits until every agent has received every acknowledged alert, nothing else, and one webhook-id each. */
export async function expectAllDelivered(
  ledger: Pick<Ledger, 'accepted'>,
  agents: readonly SinkAgent[],
  timeoutMs = 30_000,
): Promise<void> {
  expect(agents.length).toBeGreaterThan(0);
  expect(ledger.accepted.size).toBeGreaterThan(0);
  await eventually(
    () => {
      for (const agent of agents) {
        expect(compare(ledger, agent)).toEqual({ lost: [], unexpected: [], severalIds: [] });
      }
    },
    { timeoutMs, intervalMs: 50 },
  );
}
