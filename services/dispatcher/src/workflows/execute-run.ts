import {
  type ClaimedRun,
  type RunEnd,
  type RunExecutionStore,
  type SecretStore,
} from '@calseta/database';
import {
  describeIndicator,
  prepareSecrets,
  runWorkflow,
  textsOfSecrets,
  type TemplateScope,
  type Send,
  type TokenSource,
} from '@calseta/http-steps';
import { type Cipher } from '@calseta/platform';
import { stepKeyOf } from '@calseta/common';
import { stepAttempts } from './attempt-step.js';
import { readSecrets, readWorkflow } from './ready-workflow.js';
import { runJournal } from './run-journal.js';

export type ExecuteDeps = {
  store: Pick<RunExecutionStore, 'begin' | 'answer'>;
  secrets: Pick<SecretStore, 'grantedTo'>;
  cipher: Pick<Cipher, 'encrypt' | 'decrypt'>;
  send: Send;
  tokens: TokenSource;
  publicUrl: string;
  /** Ends the run between two steps. */
  stopping: AbortSignal;
};

/**
 * Runs what was asked for, in the version that was asked for, from the first step that is not answered yet. Throws when
 * the lease is lost or the process stops; another process then goes on.
 */
export async function executeRun(run: ClaimedRun, deps: ExecuteDeps): Promise<RunEnd> {
  if (!run.isWanted) return failed('The workflow was switched off.');
  if (run.content === null) return failed('The version that was asked for is no longer kept.');
  const ready = readWorkflow(run.content);
  if (!ready.ok) return failed(ready.problem);
  const secrets = readSecrets(
    run.content,
    await deps.secrets.grantedTo(run.workflowId),
    deps.cipher,
  );
  if (!secrets.ok) return failed(secrets.problem);
  const { workflow, baseUrl } = ready.value;
  const { status, outcome, summary } = await runWorkflow({
    ...{ workflow, baseUrl, replacesOrigin: false },
    send: deps.send,
    tokens: deps.tokens,
    scope: scopeOf(run, deps.publicUrl),
    ...(run.indicator && { indicatorType: run.indicator.type }),
    secrets: prepareSecrets(textsOfSecrets(secrets.value, workflow.forms)),
    secretsOf: () => secrets.value,
    headersOf: (number, { method }): Record<string, string> =>
      method === 'GET' || method === 'HEAD'
        ? {}
        : { 'Idempotency-Key': stepKeyOf(run.runId, number) },
    attempt: stepAttempts(deps.stopping),
    journal: runJournal(run, deps.store, deps.cipher),
  });
  return { status, outcome, summary };
}

const failed = (summary: string): RunEnd => ({ status: 'failed', outcome: 'failed', summary });

/** Values of placeholders, besides secrets and steps. */
const scopeOf = (run: ClaimedRun, publicUrl: string): TemplateScope => ({
  indicator: run.indicator ? describeIndicator(run.indicator) : {},
  alert: run.alert ? { ...run.alert, url: `${publicUrl}/v1/alerts/${run.alert.uuid}` } : {},
  parameters: run.parameters,
  reason: run.reason,
  ...(run.confidence !== null && { confidence: run.confidence }),
  run: { uuid: run.runId, url: `${publicUrl}/v1/workflow-runs/${run.runId}` },
  requested_by: run.requestedBy,
});
