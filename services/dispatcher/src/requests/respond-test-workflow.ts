import { AppError, type REQUESTS, type TestedWorkflow, type TestWorkflow } from '@calseta/common';
import { type WorkflowStore } from '@calseta/database';
import {
  describeIndicator,
  noTokens,
  playRecording,
  prepareSecrets,
  type RecordedExchange,
  runWorkflow,
  showRequests,
  type StepTrace,
  type WorkflowJournal,
} from '@calseta/http-steps';
import { type Responder } from '@calseta/messaging';
import { readWorkflow, type ReadyWorkflow, STAND_IN_BASE } from '../workflows/ready-workflow.js';
import { shownResponse } from '../workflows/run-journal.js';

export type TestWorkflowDeps = { workflows: Pick<WorkflowStore, 'get'> };

/** Reads recorded answers as the workflow would, or shows what it would send; nothing is sent or stored. */
export function testWorkflowResponder({
  workflows,
}: TestWorkflowDeps): Responder<typeof REQUESTS.testWorkflow> {
  return async function respondTestWorkflow({ workflow_uuid: uuid, ...test }) {
    const record = await workflows.get(uuid);
    if (!record) throw new AppError('resource.not_found', 'There is no such workflow.');
    const ready = readWorkflow(record, STAND_IN_BASE);
    if (!ready.ok) throw new AppError('workflow.no_steps', ready.problem);
    return test.recorded
      ? await readRecorded(ready.value, test, test.recorded.map(toExchange))
      : plan(ready.value, test);
  };
}

const scopeOf = (
  { secretNames }: ReadyWorkflow,
  { indicator, parameters, reason }: TestWorkflow,
) => ({
  indicator: indicator ? describeIndicator(indicator) : {},
  parameters,
  reason,
  secrets: Object.fromEntries(secretNames.map((name) => [name, `<${name}>`])),
});

function plan(ready: ReadyWorkflow, test: TestWorkflow): TestedWorkflow {
  const { workflow, baseUrl } = ready;
  const planned = showRequests(workflow, {
    ...{ scope: scopeOf(ready, test), baseUrl },
    ...(test.indicator && { indicatorType: test.indicator.type }),
  });
  return {
    status: 'planned',
    summary: 'These requests would be sent, one after the other.',
    is_retryable: false,
    steps: planned.map(({ name, request, problem: message }) => ({
      name,
      ...(request && { request }),
      ...(message !== undefined && { message }),
    })),
  };
}

type Recorded = NonNullable<TestWorkflow['recorded']>[number];

const toExchange = (recorded: Recorded): RecordedExchange =>
  'response' in recorded
    ? {
        ...{ step: recorded.step, method: recorded.request?.method },
        ...{ ...recorded.response, body: recorded.response.body ?? null },
      }
    : { ...recorded, body: recorded.body ?? null };

/** Nothing is known, and nothing is kept. */
const NO_JOURNAL: WorkflowJournal = {
  known: () => undefined,
  begin: async () => await Promise.resolve(),
  repeat: async () => await Promise.resolve(),
  end: async () => await Promise.resolve(),
};

async function readRecorded(
  ready: ReadyWorkflow,
  test: TestWorkflow,
  exchanges: readonly RecordedExchange[],
): Promise<TestedWorkflow> {
  const { workflow, baseUrl, secretNames } = ready;
  const recording = playRecording(workflow, exchanges);
  const { secrets, ...scope } = scopeOf(ready, test);
  const reading = await runWorkflow({
    ...{ workflow, baseUrl, scope, replacesOrigin: false, hasStandIns: true },
    send: recording.send,
    tokens: noTokens,
    ...(test.indicator && { indicatorType: test.indicator.type }),
    secrets: prepareSecrets(secretNames.map((name) => `<${name}>`)),
    secretsOf: () => secrets,
    headersOf: () => ({}),
    attempt: async (once, step) => {
      const judged = await once();
      // A step that reads and was not recorded is as if it were not there.
      const isLeftOut = recording.missing.has(step.name) && step.mayRepeat;
      return isLeftOut ? { ...judged, outcome: 'skipped' } : judged;
    },
    journal: NO_JOURNAL,
  });
  refuseMisfits(ready, recording, reading);
  return {
    status: reading.status,
    outcome: reading.outcome,
    summary: reading.summary,
    is_retryable: reading.isRetryable,
    ...(reading.waitHintSeconds !== undefined && { wait_hint_seconds: reading.waitHintSeconds }),
    steps: reading.trace.filter(({ step }) => !recording.missing.has(step)).map(toShown),
  };
}

function refuseMisfits(
  { workflow }: ReadyWorkflow,
  { missing, leftOver }: ReturnType<typeof playRecording>,
  { status, trace }: { status: string; trace: readonly StepTrace[] },
): void {
  const unanswered = workflow.steps.filter(
    ({ name, mayRepeat, isOptional }) => missing.has(name) && !mayRepeat && !isOptional,
  );
  if (unanswered.length > 0)
    throw wrong(
      `There is no recorded answer for step ${unanswered.map(({ name }) => name).join(', ')}.`,
    );
  const ran = new Set(trace.map(({ step }) => step));
  const allRan = workflow.steps.every(({ name }) => ran.has(name));
  if (leftOver() > 0 && status === 'succeeded' && allRan)
    throw wrong(`${leftOver()} recorded answers were left over: no step asked for them.`);
}

const wrong = (message: string): AppError =>
  new AppError('request.invalid', message, { issues: [{ pointer: '/recorded', message }] });

const toShown = ({ step: name, request, outcome, message, response }: StepTrace) => {
  const shown = shownResponse(response);
  return {
    ...{ name, request, outcome },
    ...(message !== undefined && { message }),
    ...(shown && { response: shown }),
  };
};
