import { setTimeout as delay } from 'node:timers/promises';
import { type ChaosSystem } from './chaos-system.js';
import { type Fault, onlyStatuses } from './fault.js';

/** The default of SHUTDOWN_DEADLINE_MS, at which a service gives up and ends with an error. */
const MAX_STOP_MS = 15_000;
const IN_ORDER = 'code 0';
const READ_PAUSE_MS = 20;

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  summary:
    'SIGTERM to one process after the other under load, which becomes unready, waits, drains and ends, and is started again',
  full: { alerts: 6_000, alertsPerSecond: 100, rounds: 10, pauseMs: 500 },
  // Nothing is cut off, so nothing is pushed twice.
  maxRepeatedShare: 0,
  short: { alerts: 300, alertsPerSecond: 30, rounds: 1, pauseMs: 100 },
  async strike(chaos, { rounds, pauseMs }) {
    const { system } = chaos;
    const reader = readAllTheTime(chaos);
    let slowestMs = 0;
    const ends: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const { process, restart } of system.instancesOf(
        'ingest-api',
        'extractor',
        'enricher',
        'dispatcher',
        'alerts-api',
      )) {
        const askedAt = performance.now();
        await process().stop();
        slowestMs = Math.max(slowestMs, performance.now() - askedAt);
        ends.push(await process().exited);
        await restart();
        await delay(pauseMs);
      }
    }
    const { requests, failures } = await reader.stop();
    const isInTime = slowestMs < MAX_STOP_MS;
    const others = ends.filter((end) => end !== IN_ORDER);
    return {
      judge: (load) => [
        ...onlyStatuses(202).judge(load),
        {
          name: 'requests to alerts-api that were not answered 200',
          wanted: '0',
          measured: `${failures} of ${requests}`,
          isMet: requests > 0 && failures === 0,
        },
        {
          name: 'processes that ended otherwise than with exit code 0',
          wanted: '0',
          measured: `${others.length} of ${ends.length} ${others.join(', ')}`.trim(),
          isMet: ends.length > 0 && others.length === 0,
        },
        {
          name: 'slowest orderly stop',
          wanted: `< ${MAX_STOP_MS} ms`,
          measured: `${slowestMs.toFixed(0)} ms`,
          isMet: isInTime,
        },
      ],
    };
  },
};

/** Reads over the gateway, one request after the other, until stopped. */
function readAllTheTime({ gateway, system }: ChaosSystem) {
  const seen = { requests: 0, failures: 0 };
  const state = { isOver: false };
  const reading = (async () => {
    const headers = { authorization: `Bearer ${system.apiKey}` };
    while (!state.isOver) {
      const isFine = await fetch(`${gateway.url}/v1/alerts?page_size=1`, { headers }).then(
        async (response) => (await response.text()) !== '' && response.status === 200,
        () => false,
      );
      seen.requests += 1;
      seen.failures += isFine ? 0 : 1;
      await delay(READ_PAUSE_MS);
    }
  })();
  return {
    async stop() {
      state.isOver = true;
      await reading;
      return seen;
    },
  };
}
