import { newUuid } from '@calseta/common';
import { waitUntil } from '@calseta/local';
import { none } from '../report/goals.js';
import { type Goal } from '../report/section.js';
import { type Target } from './target/start-target.js';
import { createClient, type ClientCall } from './wire/create-client.js';

const FROM = '127.66.0.1';
/** Time for one answer after an attack. */
const TIMEOUT_MS = 15_000;

/** Time for a system that was slowed down to become ready again. */
const READY_WITHIN_MS = 30_000;
const READINESS: ClientCall = { method: 'GET', path: '/readyz' };

type Check = ClientCall & { expected: number };

/** Requests a route of every kind after the attack, and compares the results with /readyz. */
export async function judgeRecovery({ apiUrl, apiKey: key }: Target): Promise<Goal[]> {
  await using client = createClient(apiUrl, FROM, TIMEOUT_MS);
  /** 0 when there was no answer. */
  const statusOf = async (call: ClientCall): Promise<number> => {
    const answer = await client.call(call).catch(() => undefined);
    return answer?.status ?? 0;
  };
  const checks: Check[] = [
    { method: 'GET', path: '/openapi.json', expected: 200 },
    { method: 'GET', path: '/docs', expected: 200 },
    { method: 'GET', path: '/v1/alerts?page_size=1', key, expected: 200 },
    { method: 'GET', path: '/v1/agents?page_size=1', key, expected: 200 },
    { method: 'GET', path: '/v1/nothing', expected: 404 },
    {
      method: 'POST',
      path: '/v1/ingest/generic',
      key,
      body: { title: `After the attack ${newUuid()}`, severity: 'Informational' },
      expected: 202,
    },
  ];
  const statuses = await Promise.all(checks.map(statusOf));
  const dead = checks.flatMap(({ method, path, expected }, index) =>
    statuses[index] === expected ? [] : [`${method} ${path}: ${statuses[index] ?? 0}`],
  );
  return [
    none('routes that do not answer afterwards', dead.length, dead),
    await judgeReadiness(dead.length === 0, async () => await statusOf(READINESS)),
  ];
}

/** A busy system may be unready for a while; a system with a broken route must not claim to be ready. */
async function judgeReadiness(isWhole: boolean, ask: () => Promise<number>): Promise<Goal> {
  let status = await ask();
  const isTold = async () => {
    status = await ask();
    return status === 200;
  };
  if (isWhole) await waitUntil(isTold, { timeoutMs: READY_WITHIN_MS, intervalMs: 250 });
  return {
    name: '/readyz afterwards',
    wanted: isWhole ? '200' : 'not 200',
    measured: String(status),
    isMet: (status === 200) === isWhole,
  };
}
