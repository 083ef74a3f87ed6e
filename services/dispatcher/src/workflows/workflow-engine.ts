import { repeat } from '@calseta/async';
import { isTransient } from '@calseta/common';
import { type ClaimedRun, type RunEnd, type RunExecutionStore } from '@calseta/database';
import { logFailures, type Logger } from '@calseta/platform';
import { StoppedError } from './attempt-step.js';
import { LeaseLostError } from './run-journal.js';

export type WorkflowEngine = {
  /** Looks for runs now. */
  trigger(): void;
  /** Claims nothing more, lets the step under way end, and gives back the runs that have further ones. */
  drain(): Promise<void>;
};

export type WorkflowEngineDeps = {
  store: Pick<RunExecutionStore, 'claim' | 'renew' | 'release' | 'finish'>;
  execute: (run: ClaimedRun, stopping: AbortSignal) => Promise<RunEnd>;
  log: Logger;
  observe: (end: RunEnd, durationMs: number) => void;
  maxRunning: number;
  pollIntervalMs: number;
  leaseMs: number;
};

/** Two renewals in a row may fail before a lease runs out. */
const RENEWALS_PER_LEASE = 3;

const BROKEN: RunEnd = {
  status: 'uncertain',
  outcome: 'uncertain',
  summary: 'The dispatcher could not go on with the run; its log says why.',
};

/** Claims runs that are queued, or whose process died, and executes so many at a time. */
export function startWorkflowEngine(deps: WorkflowEngineDeps): WorkflowEngine {
  const { store, log, leaseMs } = deps;
  const running = new Map<ClaimedRun, Promise<void>>();
  const stopping = new AbortController();

  const claiming = repeat({
    intervalMs: () => deps.pollIntervalMs,
    work: claim,
    onError: logFailures(log, 'workflow_runs.claim_failed'),
  });
  const renewing = repeat({
    intervalMs: () => leaseMs / RENEWALS_PER_LEASE,
    work: async () => {
      if (running.size > 0) await store.renew([...running.keys()], leaseMs);
    },
    onError: logFailures(log, 'workflow_runs.renew_failed'),
  });

  async function claim(): Promise<void> {
    const places = deps.maxRunning - running.size;
    if (places <= 0) return;
    const claimed = await store.claim(places, leaseMs);
    for (const run of claimed) {
      const work = execute(run).finally(() => {
        running.delete(run);
        claiming.trigger();
      });
      running.set(run, work);
    }
  }

  /** Never rejects. */
  async function execute(run: ClaimedRun): Promise<void> {
    const startedAt = performance.now();
    const fields = { run_id: run.runId, workflow_id: run.workflowId };
    try {
      const end = await deps.execute(run, stopping.signal);
      if (!(await store.finish(run, end)))
        throw new LeaseLostError('The lease of the run is over.');
      const durationMs = Math.round(performance.now() - startedAt);
      deps.observe(end, durationMs);
      log.info('workflow.run', {
        ...{ ...fields, status: end.status, outcome: end.outcome, duration_ms: durationMs },
      });
    } catch (error) {
      if (error instanceof StoppedError)
        await store.release(run).catch(logFailures(log, 'workflow_runs.release_failed', fields));
      // Otherwise another process goes on when the lease ends.
      else if (error instanceof LeaseLostError) log.warn('workflow_run.lease_lost', fields);
      else await giveUp(run, error);
    }
  }

  /** While Postgres is away, the lease ends and another process goes on; a defect would end it there as well. */
  async function giveUp(run: ClaimedRun, error: unknown): Promise<void> {
    const fields = { run_id: run.runId, workflow_id: run.workflowId };
    log.error('workflow_run.failed', { ...fields, error });
    if (isTransient(error)) return;
    await store.finish(run, BROKEN).catch(logFailures(log, 'workflow_run.finish_failed', fields));
  }

  return {
    trigger: claiming.trigger,
    async drain() {
      await claiming.stop();
      stopping.abort();
      await Promise.all(running.values());
      await renewing.stop();
    },
  };
}
