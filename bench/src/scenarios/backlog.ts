import { waitUntil } from '@calseta/local';
import { countAlerts } from '../system/alerts.js';
import { type Instance, type ServiceName, type System } from '../system/start-system.js';
import { type LoadMethods } from '../tools/load-tool.js';
import { type Tool } from '../tools/tool.js';
import { ingestPlan } from './load-plan.js';

const PER_REQUEST = 500;
const TIMEOUT_MS = 600_000;
const POLL_MS = 500;

/** Sends alerts in batches; the number is rounded up to whole batches. */
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

/** Stops ingest-api gracefully, which waits until all committed alerts are published, and starts it again. */
export async function finishPublishing(system: System): Promise<void> {
  for (const { process, restart } of system.instancesOf('ingest-api')) {
    await process().stop();
    await restart();
  }
}

/** Starts the single instance of a worker, for the first time or again. */
export async function startWorker(system: System, service: ServiceName): Promise<Instance> {
  const [instance] = system.instancesOf(service);
  if (!instance) return await system.add(service);
  await instance.restart();
  return instance;
}

/** Waits until this number of alerts is at a stage. */
export async function awaitStage(system: System, stage: string, alerts: number): Promise<void> {
  const isThere = async () => (await countAlerts(system, stage)) >= alerts;
  if (!(await waitUntil(isThere, { timeoutMs: TIMEOUT_MS, intervalMs: POLL_MS }))) {
    throw new Error(`Of ${alerts} alerts, ${await countAlerts(system, stage)} are ${stage}.`);
  }
}

/** When new alerts reached the stage, ms by the database's clock. */
export async function stageTimes(
  { database }: System,
  stage: string,
  since: Date,
): Promise<number[]> {
  const { rows } = await database.pool.query<{ at: Date }>(
    'SELECT stage_changed_at AS at FROM alerts WHERE stage::text = $1 AND stage_changed_at >= $2',
    [stage, since],
  );
  return rows.map(({ at }) => at.getTime());
}
