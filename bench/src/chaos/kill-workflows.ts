import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@calseta/local';
import { none } from '../report/goals.js';
import { type Goal } from '../report/section.js';
import { callApi } from '../system/call-api.js';
import { type System } from '../system/start-system.js';
import { type Fault } from './fault.js';

const STEPS = ['first', 'second', 'third'];
/** Time that the vendor takes for a step, so that some are always in flight. */
const STEP_MS = 60;
/** Requests for runs that are under way at once. */
const ASKING = 20;
/** Time without the end of any run after which those that are left are given up. */
const STALLED_MS = 60_000;
const POLL_MS = 200;

export const killWorkflows: Fault = {
  name: 'kill-workflows',
  summary:
    'SIGKILL to every dispatcher at once, again and again, while they execute runs of three steps that must not be repeated',
  full: { alerts: 1_000, alertsPerSecond: 50, rounds: 6, pauseMs: 3_000 },
  short: { alerts: 60, alertsPerSecond: 20, rounds: 2, pauseMs: 700 },
  async strike({ system }, { alerts: runs, rounds, pauseMs }) {
    await using vendor = await startVendor();
    const workflow = await createWorkflow(system, vendor.url);
    await Promise.all([
      askForRuns(system, workflow, runs),
      killDispatchers(system, rounds, pauseMs),
    ]);
    await awaitEnds(system, workflow);
    const stored = await readRuns(system, workflow);
    const goals = judge(runs, stored, vendor.received);
    return { judge: () => goals, notes: [noteOf(stored)] };
  },
};

async function killDispatchers(system: System, rounds: number, pauseMs: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await delay(pauseMs);
    await Promise.all(
      system.instancesOf('dispatcher').map(async ({ process, restart }) => {
        await process().kill();
        await restart();
      }),
    );
  }
}

type Vendor = AsyncDisposable & {
  url: string;
  /** How often each Idempotency-Key came. */
  received: ReadonlyMap<string, number>;
};

async function startVendor(): Promise<Vendor> {
  const received = new Map<string, number>();
  const server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key']);
    received.set(key, (received.get(key) ?? 0) + 1);
    request.resume();
    setTimeout(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      STEP_MS,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function createWorkflow(system: System, url: string): Promise<string> {
  const { uuid } = await callApi<{ uuid: string }>(system, 'POST', '/v1/workflows', {
    name: `Three steps ${Date.now()}`,
    approval_mode: 'never',
    base_url: url,
    steps: STEPS.map((name) => ({ name, method: 'POST', url: `/${name}`, json: {} })),
  });
  return uuid;
}

async function askForRuns(system: System, workflow: string, count: number): Promise<void> {
  let left = count;
  const ask = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await insist(async () => {
        await callApi(system, 'POST', `/v1/workflows/${workflow}/execute`, { reason: 'chaos' });
      });
    }
  };
  await Promise.all(Array.from({ length: ASKING }, ask));
}

const BUSY_MS = 500;

/** A machine that is busy with so many restarts may answer 503. */
async function insist(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(': 503 ')) throw error;
      await delay(BUSY_MS);
    }
  }
}

/** Waits while runs end, however long a busy machine takes for all of them. */
async function awaitEnds({ database }: System, workflow: string): Promise<void> {
  const countLeft = async () => {
    const { rows } = await database.pool.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM workflow_runs WHERE workflow_id = $1 AND finished_at IS NULL`,
      [workflow],
    );
    return rows[0]?.left ?? 0;
  };
  let left = await countLeft();
  const haveMoreEnded = async () => {
    const before = left;
    left = await countLeft();
    return left < before;
  };
  while (left > 0)
    if (!(await waitUntil(haveMoreEnded, { timeoutMs: STALLED_MS, intervalMs: POLL_MS }))) return;
}

type StoredRun = { status: string; summary: string | null; keys: string[]; unanswered: number };

async function readRuns({ database }: System, workflow: string): Promise<StoredRun[]> {
  const { rows } = await database.pool.query<StoredRun>(
    `SELECT r.status, r.summary, array_remove(array_agg(s.idempotency_key::text), NULL) AS keys,
            count(s.*) FILTER (WHERE s.outcome IS NULL)::int AS unanswered
       FROM workflow_runs r LEFT JOIN workflow_run_steps s ON s.run_id = r.id
      WHERE r.workflow_id = $1 GROUP BY r.id, r.status, r.summary`,
    [workflow],
  );
  return rows;
}

const withStatus = (runs: readonly StoredRun[], ...statuses: string[]): StoredRun[] =>
  runs.filter((run) => statuses.includes(run.status));

/** `failed: Step first …`, each once. */
const described = (runs: readonly StoredRun[]): string[] => [
  ...new Set(runs.map(({ status, summary }) => `${status}: ${summary ?? 'no end'}`)),
];

function judge(
  asked: number,
  runs: readonly StoredRun[],
  received: ReadonlyMap<string, number>,
): Goal[] {
  const succeeded = withStatus(runs, 'succeeded');
  const uncertain = withStatus(runs, 'uncertain');
  const unended = withStatus(runs, 'queued', 'running');
  const others = runs.filter((run) => ![...succeeded, ...uncertain, ...unended].includes(run));
  const known = new Set(runs.flatMap(({ keys }) => keys));
  return [
    none('runs lost', Math.max(0, asked - runs.length)),
    none('runs that have not ended', unended.length, described(unended)),
    none('runs that ended as neither succeeded nor uncertain', others.length, described(others)),
    none('steps sent twice', [...received.values()].filter((times) => times > 1).length),
    none('steps sent without a row', [...received.keys()].filter((key) => !known.has(key)).length),
    none(
      'steps of runs that succeeded, and never came',
      succeeded.filter(
        ({ keys }) => keys.length !== STEPS.length || !keys.every((key) => received.has(key)),
      ).length,
    ),
    none(
      'uncertain runs without a step in flight',
      uncertain.filter(({ unanswered }) => unanswered !== 1).length,
    ),
  ];
}

const noteOf = (runs: readonly StoredRun[]): string =>
  `${withStatus(runs, 'succeeded').length} runs succeeded, ${withStatus(runs, 'uncertain').length} are uncertain: ` +
  'a step of theirs was in flight when its dispatcher was killed.';
