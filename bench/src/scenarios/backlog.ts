import { SUBSCRIPTIONS } from '@calseta/common';
import { waitUntil } from '@calseta/local';
import { countAlerts } from '../system/alerts.js';
import { countMessages } from '../system/queues.js';
import { type System } from '../system/start-system.js';
import type { LoadMethods } from '../tools/load-tool.js';
import { type Tool } from '../tools/tool.js';
import { ingestPlan } from './load-plan.js';

const PER_REQUEST = 500;
const TIMEOUT_MS = 600_000;
const POLL_MS = 500;

/** Sends alerts in batches; rounded up to whole ones. */
export async function pileUp(
  system: System,
  load: Tool<LoadMethods>,
  options: { alerts: number; run: string; indicatorPool?: number },
): Promise<number> {
  const requests = Math.ceil(options.alerts / PER_REQUEST);
  const { run, indicatorPool = 10_000 } = options;
  await load.call(
    'run',
    ingestPlan(system, {
      run,
      indicatorPool,
      connections: 1,
      perRequest: PER_REQUEST,
      pace: { kind: 'closed' },
      limit: { requests },
    }),
  );
  return requests * PER_REQUEST;
}

/** Waits until so many messages wait for an extractor, when none is there yet. */
export async function awaitQueued(system: System, alerts: number): Promise<void> {
  const isThere = async () => (await countMessages(system, [SUBSCRIPTIONS.extractor])) >= alerts;
  if (!(await waitUntil(isThere, { timeoutMs: TIMEOUT_MS, intervalMs: POLL_MS }))) {
    throw new Error(`Not all of ${alerts} alerts were published.`);
  }
}

/** Waits until so many alerts stand at a stage. */
export async function awaitStage(system: System, stage: string, alerts: number): Promise<void> {
  const isThere = async () => (await countAlerts(system, stage)) >= alerts;
  if (!(await waitUntil(isThere, { timeoutMs: TIMEOUT_MS, intervalMs: POLL_MS }))) {
    throw new Error(`Of ${alerts} alerts, ${await countAlerts(system, stage)} are ${stage}.`);
  }
}

/** Between the first and the last alert that came to the stage, s. */
export async function stageSeconds({ database }: System, stage: string): Promise<number> {
  const { rows } = await database.pool.query<{ seconds: number }>(
    `SELECT extract(epoch FROM max(stage_changed_at) - min(stage_changed_at))::float8 AS seconds
       FROM alerts WHERE stage::text = $1`,
    [stage],
  );
  return rows[0]?.seconds ?? Number.NaN;
}
