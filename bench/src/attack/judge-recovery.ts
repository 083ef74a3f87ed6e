import { newUuid } from '@calseta/common';
import { none } from '../report/goals.js';
import { type Goal } from '../report/section.js';
import { type Target } from './target/start-target.js';
import { createClient, type ClientCall } from './wire/create-client.js';

const FROM = '127.66.0.1';
/** Time for one answer after an attack. */
const TIMEOUT_MS = 15_000;

type Check = ClientCall & { expected: number };

/** Asks a route of every kind once the attack is over, and compares with what /readyz said. */
export async function judgeRecovery({ apiUrl, apiKey: key }: Target): Promise<Goal[]> {
  await using client = createClient(apiUrl, FROM, TIMEOUT_MS);
  /** 0 when there was no answer. */
  const statusOf = async (call: ClientCall): Promise<number> => {
    const answer = await client.call(call).catch(() => undefined);
    return answer?.status ?? 0;
  };
  const readiness = await statusOf({ method: 'GET', path: '/readyz' });
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
  const isReady = readiness === 200;
  return [
    none('routes that do not answer afterwards', dead.length, dead),
    {
      name: '/readyz afterwards',
      wanted: '200, or 503 while a route does not answer',
      measured: String(readiness),
      isMet: isReady === (dead.length === 0),
    },
  ];
}
