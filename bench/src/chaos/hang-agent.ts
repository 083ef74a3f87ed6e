import { setTimeout as delay } from 'node:timers/promises';
import { type Goal } from '../report/section.js';
import { percentiles } from '../tools/statistics.js';
import { type Fault } from './fault.js';

const WANTED_P95_MS = 5_000;

export const hangAgent: Fault = {
  name: 'hang-agent',
  summary:
    'One agent takes pushes and never answers, until it does again; the others must not notice',
  full: { alerts: 3_000, alertsPerSecond: 100, rounds: 1, pauseMs: 20_000 },
  short: { alerts: 100, alertsPerSecond: 20, rounds: 1, pauseMs: 3_000 },
  async strike({ agents, system }, { pauseMs }) {
    const [hanging = '', ...others] = agents.paths;
    await agents.sink.call('behave', { path: hanging, hangs: true });
    await delay(pauseMs);
    const delays: number[] = [];
    for (const path of others) {
      const receivedAt = await receiptTimes(system);
      for (const { uuid, firstAtMs } of await agents.sink.call('pushesTo', path)) {
        delays.push(firstAtMs - (receivedAt.get(uuid) ?? Number.NaN));
      }
    }
    await agents.sink.call('behave', { path: hanging });
    return { judge: () => [judgeDelay(delays)] };
  },
};

const judgeDelay = (delays: number[]): Goal => {
  const { p95 } = percentiles(delays);
  return {
    name: 'p95 at the other agents meanwhile',
    wanted: `< ${WANTED_P95_MS} ms`,
    measured: `${p95.toFixed(0)} ms`,
    isMet: p95 < WANTED_P95_MS,
  };
};

async function receiptTimes({ database }: Parameters<Fault['strike']>[0]['system']) {
  const { rows } = await database.pool.query<{ id: string; receivedAt: Date }>(
    `SELECT id, received_at AS "receivedAt" FROM alerts`,
  );
  return new Map(rows.map(({ id, receivedAt }) => [id, receivedAt.getTime()]));
}
