import { waitUntil } from '@calseta/local';
import { account, judgeAccount, judgeDrain } from '../report/account.js';
import { type Section } from '../report/section.js';
import { startMeter } from '../system/meter.js';
import { HOW_SERVICES_LOG, type System } from '../system/start-system.js';

import { type ChaosSystem, HOW_CHAOS_IS_SET } from './chaos-system.js';
import { type Fault, MAX_DRAIN_SECONDS, type Size } from './fault.js';
import { judgeMemory } from './judge-memory.js';

const CONNECTIONS = 64;
const POLL_MS = 200;

/** Sends alerts, breaks things, waits until everything is delivered, and accounts for every alert. */
export async function runFault(chaos: ChaosSystem, fault: Fault, size: Size): Promise<Section> {
  const { system, gateway, agents, load } = chaos;
  const { maxDrainSeconds = MAX_DRAIN_SECONDS } = fault;
  await agents.sink.call('forget', undefined);
  const meter = await startMeter(system);
  await load.call('start', {
    url: gateway.url,
    path: '/v1/ingest/generic',
    apiKey: system.apiKey,
    connections: CONNECTIONS,
    alerts: {
      run: `${fault.name}-${Date.now()}`,
      perRequest: 1,
      indicatorPool: 10_000,
      hasIds: true,
    },
    pace: { kind: 'open', requestsPerSecond: size.alertsPerSecond },
    insists: true,
  });
  const aftermath = await fault.strike(chaos, size);
  const result = await load.call('finish', { afterRequests: size.alerts });
  const endedAt = performance.now();
  const sent = [...(await load.call('takeSent', undefined)), ...(aftermath.sent ?? [])];
  const alerts = new Set(sent.map(({ uuid }) => uuid)).size;
  await agents.awaitDelivered(alerts, maxDrainSeconds * 1_000);
  await awaitNoneDue(system, endedAt + maxDrainSeconds * 1_000 - performance.now());
  const drainSeconds = (performance.now() - endedAt) / 1_000;
  const found = await account(agents, sent);
  const { spent } = await meter.read();
  return {
    title: fault.name,
    method: `${fault.summary}. ${alerts} alerts at ${size.alertsPerSecond} a second to ${agents.paths.length} agents; ${size.rounds} × every ${size.pauseMs} ms. ${HOW_CHAOS_IS_SET} ${HOW_SERVICES_LOG}`,
    tables: [
      {
        head: ['answer', 'times'],
        rows: Object.entries(result.answers).map(([status, count]) => [
          status === '0' ? 'none' : status,
          count,
        ]),
      },
      {
        head: ['process', 'peak RSS MiB'],
        rows: spent.map(({ name, peakRssMib }) => [name, Math.round(peakRssMib)]),
      },
    ],
    goals: [
      ...judgeAccount(found, alerts * agents.paths.length, fault.maxRepeatedShare),
      judgeDrain(drainSeconds, maxDrainSeconds),
      ...judgeMemory(spent),
      ...aftermath.judge(result),
    ],
    notes: aftermath.notes ?? [],
  };
}

/**
 * Waits until no push is due any more. A push that a dispatcher sent but did not record before it died
 * is repeated after its lease, possibly long after every alert has arrived.
 */
async function awaitNoneDue({ database }: System, timeoutMs: number): Promise<void> {
  const isNoneDue = async () => {
    const { rowCount } = await database.pool.query(
      `SELECT FROM deliveries WHERE status = 'pending' LIMIT 1`,
    );
    return rowCount === 0;
  };
  await waitUntil(isNoneDue, { timeoutMs, intervalMs: POLL_MS });
}
