import {
  createRunExecutionStore,
  createSecretStore,
  createWorkflowStore,
  type Database,
  type RunEnd,
} from '@calseta/database';
import { type Send, type TokenAnswer } from '@calseta/http-steps';
import {
  cipherOf,
  createGuardedAxios,
  createTokenCache,
  type Egress,
  MAX_ANSWER_BYTES,
  requestSender,
  type Telemetry,
} from '@calseta/platform';
import { type DispatcherConfig } from '../config.js';
import { builtinWorkflowRows } from './builtin/index.js';
import { executeRun } from './execute-run.js';
import { startWorkflowEngine } from './workflow-engine.js';

/** Of the body of a request: a template with some values in it. */
const MAX_REQUEST_BYTES = 256 * 1_024;

export type WorkflowsDeps = {
  config: DispatcherConfig;
  database: Database;
  telemetry: Telemetry;
  egress: Egress;
  /** Ends requests under way. */
  signal: AbortSignal;
};

/** Writes the rows of the catalogue, and executes the runs that are requested. */
export async function startWorkflows({
  config,
  database,
  telemetry,
  egress,
  signal,
}: WorkflowsDeps) {
  const cipher = cipherOf(config);
  const workflows = createWorkflowStore(database);
  await workflows.ensureBuiltIn(builtinWorkflowRows());
  const store = createRunExecutionStore(database);
  const secrets = createSecretStore(database, (text) => cipher.encrypt(text));
  const http = createGuardedAxios({
    guard: egress.guard,
    authorities: egress.authorities,
    tunnel: egress.tunnel,
    // A connection that was kept may be closed just when a step is sent, and nobody knows whether it arrived.
    limits: { maxIdleSocketsPerOrigin: 0 },
    timeoutMs: config.WORKFLOW_STEP_TIMEOUT_MS,
    maxResponseBytes: MAX_ANSWER_BYTES,
    maxRequestBytes: MAX_REQUEST_BYTES,
  });
  const send: Send = requestSender(http, () =>
    AbortSignal.any([signal, AbortSignal.timeout(config.WORKFLOW_STEP_TIMEOUT_MS)]),
  );
  const tokens = createTokenCache<Extract<TokenAnswer, { kind: 'refused' }>>();
  const engine = startWorkflowEngine({
    store,
    execute: async (run, stopping) =>
      await executeRun(run, {
        ...{ store, secrets, cipher, send, tokens, stopping },
        publicUrl: config.CALSETA_PUBLIC_URL,
      }),
    log: telemetry.log,
    observe: runObserver(telemetry),
    maxRunning: config.WORKFLOW_CONCURRENCY,
    pollIntervalMs: config.WORKFLOW_POLL_INTERVAL_MS,
    leaseMs: config.WORKFLOW_LEASE_MS,
  });
  return {
    ...{ workflows, trigger: engine.trigger, drain: engine.drain },
    close: async () => await http[Symbol.asyncDispose](),
  };
}

function runObserver({ metrics }: Telemetry): (end: RunEnd) => void {
  const runs = metrics.counter(
    'calseta_workflow_runs_total',
    'Runs of workflows that this dispatcher ended, by status.',
    { status: ['succeeded', 'failed', 'uncertain'] },
  );
  return ({ status }) => runs.inc({ status });
}
