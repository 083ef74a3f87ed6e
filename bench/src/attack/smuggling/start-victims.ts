import { setTimeout as delay } from 'node:timers/promises';
import { callApi } from '../../system/call-api.js';
import { ALLOWED_ADDRESS, type Target } from '../target/start-target.js';
import { type Client, type ClientCall, createClient } from '../wire/create-client.js';

export type VictimReport = {
  answered: number;
  /** Answers that belong to another client, or that nobody requested. */
  wrong: string[];
  /** Refused, broken off, or not answered. */
  refused: string[];
};

export type Victims = { stop: () => Promise<VictimReport> };

/** A request of a victim: the answer contains the victim's id or its own text. */
type Errand = ClientCall & { expected: number; says: string };

const PAUSE_MS = 5;
const TIMEOUT_MS = 20_000;

export const victimAddress = (victim: number): string => `127.66.5.${victim + 1}`;
const victimMarker = (victim: number): string => `victim-${victim}`;

/** Honest clients with their own addresses and keys, which run until they are stopped. */
export async function startVictims(target: Target, count: number): Promise<Victims> {
  const report: VictimReport = { answered: 0, wrong: [], refused: [] };
  let isStopping = false;
  const errands = await Promise.all(Array.from({ length: count }, (_, one) => plan(target, one)));
  const work = async (own: readonly Errand[], victim: number): Promise<void> => {
    await using client = createClient(target.apiUrl, victimAddress(victim), TIMEOUT_MS);
    for (let turn = 0; !isStopping; turn += 1) {
      const errand = own[turn % own.length];
      if (errand) await run(client, errand, `${victimMarker(victim)}-${turn}`, report);
      await delay(PAUSE_MS);
    }
  };
  const working = errands.map(work);
  return {
    async stop() {
      isStopping = true;
      await Promise.all(working);
      return report;
    },
  };
}

async function plan(target: Target, victim: number): Promise<Errand[]> {
  const name = `${victimMarker(victim)}.`;
  const { key } = await callApi<{ key: string }>(target, 'POST', '/v1/api-keys', {
    name,
    scopes: ['alerts:ingest', 'agents:read'],
  });
  const { uuid } = await callApi<{ uuid: string }>(target, 'POST', '/v1/agents', {
    name,
    webhook_url: `http://${ALLOWED_ADDRESS}:8999/`,
    is_active: false,
  });
  const alert = { title: name, severity: 'Informational' };
  return [
    { method: 'GET', path: `/v1/agents/${uuid}`, key, expected: 200, says: `"name":"${name}"` },
    { method: 'POST', path: '/v1/ingest/generic', key, body: alert, expected: 202, says: 'alert_uuid' },
    { method: 'GET', path: '/v1/nothing', key, expected: 404, says: 'route.not_found' },
  ]; // prettier-ignore
}

async function run(
  client: Client,
  { expected, says, ...call }: Errand,
  requestId: string,
  report: VictimReport,
): Promise<void> {
  const what = `${call.method} ${call.path}`;
  try {
    const { status, headers, text } = await client.call({
      ...call,
      headers: { 'x-request-id': requestId },
    });
    // Answers that the gateway generates name no request.
    const answered = headers['x-request-id'] ?? (status === 503 ? requestId : 'none');
    if (status >= 500 && answered === requestId) report.refused.push(`${what}: ${status}`);
    else if (status !== expected || answered !== requestId || !text.includes(says))
      report.wrong.push(`${what} as ${requestId}: ${status} for ${String(answered)}`);
    else report.answered += 1;
  } catch (error) {
    report.refused.push(`${what}: ${error instanceof Error ? error.message : 'no answer'}`);
  }
}
