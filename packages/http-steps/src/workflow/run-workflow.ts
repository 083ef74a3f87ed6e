import { matchRule, type RunOutcome } from '@calseta/common';
import { type AnswerTree, readFrom } from '../answers/answer-tree.js';
import { keySet, withoutKeys } from '../redact/redact-keys.js';
import { prepareSecrets, redactSecrets } from '../redact/redact-secrets.js';
import { withinRun } from '../run/obtain-token.js';
import { appliesTo } from '../run/run-steps.js';
import { type StepSettings, type StepTrace, takeStep } from '../run/take-step.js';
import { type StepRequest } from '../steps/render-request.js';
import { type CompiledWorkflow, type CompiledWorkflowStep } from './compile-workflow.js';
import { describeStep, isSuccess, judgeStep, type JudgedStep, outcomeOfRun } from './judge-step.js';
import { pick } from './kept-values.js';
import { ALWAYS_REDACTED } from './secret-use.js';

/** What is known of a step from before. */
export type KnownStep = {
  /** Undefined while nobody knows what came of it. */
  outcome?: JudgedStep['outcome'];
  message?: string | undefined;
  /** What later steps read of its answer. */
  values?: unknown;
  /** Whether its last attempt was answered, so that it may be sent again. */
  isAnswered: boolean;
};

/** Keeps what a run does, so that another process can go on with it. */
export type WorkflowJournal = {
  known(number: number): KnownStep | undefined;
  /** Stores the input, before it is sent. */
  begin(number: number, step: CompiledWorkflowStep, shown: StepRequest): Promise<void>;
  /** Stores that an attempt was answered, and that it is sent again. */
  repeat(number: number): Promise<void>;
  end(number: number, ended: EndedStep): Promise<void>;
};

export type EndedStep = Pick<JudgedStep, 'outcome'> & {
  message?: string | undefined;
  response?: StepTrace['response'];
  values?: unknown;
};

export type WorkflowRun = Omit<
  StepSettings,
  'auth' | 'redact' | 'secretKeys' | 'onRequest' | 'headers'
> & {
  workflow: CompiledWorkflow;
  journal: WorkflowJournal;
  /** The secrets that may be sent where the step goes. */
  secretsOf(step: CompiledWorkflowStep): Readonly<Record<string, string>>;
  /** Headers for the step, such as its Idempotency-Key. */
  headersOf(number: number, step: CompiledWorkflowStep): Readonly<Record<string, string>>;
  /** Sends a step once or, as the policy says, several times. */
  attempt(
    once: () => Promise<JudgedStep>,
    step: CompiledWorkflowStep,
    repeated: () => Promise<void>,
  ): Promise<JudgedStep>;
};

export type WorkflowReading = {
  status: 'succeeded' | 'failed' | 'uncertain';
  outcome: RunOutcome;
  /** In words. */
  summary: string;
  endedBy?: string;
  isRetryable: boolean;
  waitHintSeconds?: number;
  trace: StepTrace[];
};

type State = {
  answers: Record<string, unknown>;
  shown: Record<string, unknown>;
  /** Secrets that vendors answered. */
  found: string[];
  trace: StepTrace[];
  done: string[];
};

/**
 * Runs the steps of a workflow in order. What is known of a step from before is not sent again; a step that was sent
 * and not answered ends the run as `uncertain`, unless it may be repeated.
 */
export async function runWorkflow(run: WorkflowRun): Promise<WorkflowReading> {
  const state: State = { answers: {}, shown: {}, found: [], trace: [], done: [] };
  const shared = { ...run, tokens: withinRun(run.tokens) };
  for (const [index, step] of run.workflow.steps.entries()) {
    const number = index + 1;
    const known = run.journal.known(number);
    if (known?.outcome === undefined && isSkipped(step, run, state)) continue;
    const judged =
      known?.outcome === undefined
        ? await takeOnce(shared, { number, step, known }, state)
        : recall(step, known, run.workflow, state);
    if (judged.outcome === 'uncertain') return uncertain(step, state);
    if (judged.outcome === 'skipped') continue;
    if (isSuccess(judged.outcome)) state.done.push(step.name);
    else if (!step.isOptional) return ended(step, judged, state);
  }
  return {
    status: 'succeeded',
    outcome: 'done',
    summary:
      state.done.length === 0 ? 'Nothing had to be done.' : `Done: ${state.done.join(', ')}.`,
    isRetryable: false,
    trace: state.trace,
  };
}

const SECRET_KEYS = keySet(ALWAYS_REDACTED);

type Uncertain = { outcome: 'uncertain' };

function isSkipped(
  step: CompiledWorkflowStep,
  { indicatorType, scope }: WorkflowRun,
  state: State,
): boolean {
  if (!appliesTo(step, indicatorType)) return true;
  return (
    step.skipIf !== undefined &&
    matchRule(step.skipIf, readFrom({ ...scope, steps: state.answers }))
  );
}

async function takeOnce(
  run: WorkflowRun,
  {
    number,
    step,
    known,
  }: { number: number; step: CompiledWorkflowStep; known: KnownStep | undefined },
  state: State,
): Promise<JudgedStep | Uncertain> {
  if (known && !known.isAnswered && !step.mayRepeat) return { outcome: 'uncertain' };
  const { workflow, journal } = run;
  const once = async () => {
    const settings = settingsOf(run, number, step, state);
    const taken = await takeStep(step, settings, state, state.trace);
    const judged = judgeStep(step, taken, run.scope['indicator'], (tree) =>
      shownTree(tree, workflow),
    );
    judged.message &&= redactSecrets(judged.message, settings.secrets, { isCut: false });
    const last = state.trace.at(-1);
    if (last?.step === step.name) relabel(last, judged);
    return judged;
  };
  const judged = await run.attempt(once, step, async () => await journal.repeat(number));
  if (isUnanswered(judged, step)) return { outcome: 'uncertain' };
  const values = pick(judged.tree, workflow.kept.get(step.name) ?? []) ?? {};
  const response = state.trace.at(-1)?.response;
  state.found.push(...withoutKeys(judged.tree?.body, SECRET_KEYS).hidden);
  await journal.end(number, {
    ...{ outcome: judged.outcome, message: judged.message, values },
    ...(response && { response }),
  });
  keep(step, judged, values, workflow, state);
  return judged;
}

const shownTree = (tree: AnswerTree, { redact }: CompiledWorkflow): AnswerTree => ({
  ...tree,
  body: withoutKeys(tree.body, keySet(redact)).shown,
});

/** Whether it may have had an effect that nobody knows of. */
const isUnanswered = (
  { outcome, isUnsent }: JudgedStep,
  { method }: CompiledWorkflowStep,
): boolean =>
  (outcome === 'unreachable' || outcome === 'timeout') &&
  isUnsent !== true &&
  method !== 'GET' &&
  method !== 'HEAD';

/** Shows what the rules of the workflow make of the answer. */
function relabel(trace: StepTrace, { outcome, message }: JudgedStep): void {
  trace.outcome = outcome;
  if (message !== undefined) trace.message = message;
}

const settingsOf = (
  { workflow, journal, secretsOf, ...run }: WorkflowRun,
  number: number,
  step: CompiledWorkflowStep,
  { found }: State,
): StepSettings => ({
  ...run,
  auth: workflow.auth,
  redact: workflow.redact,
  secretKeys: SECRET_KEYS,
  scope: { ...run.scope, secrets: secretsOf(step) },
  secrets: [...run.secrets, ...prepareSecrets(found)],
  headers: run.headersOf(number, step),
  onRequest: async (shown) => await journal.begin(number, step, shown),
});

function recall(
  step: CompiledWorkflowStep,
  { outcome = 'error', message, values }: KnownStep,
  workflow: CompiledWorkflow,
  state: State,
): JudgedStep {
  const judged = {
    outcome,
    isRetryable: false,
    by: step.name,
    ...(message !== undefined && { message }),
  };
  keep(step, judged, values ?? {}, workflow, state);
  return judged;
}

function keep(
  { name }: CompiledWorkflowStep,
  { outcome }: Pick<JudgedStep, 'outcome'>,
  values: unknown,
  { redact }: CompiledWorkflow,
  state: State,
): void {
  if (!isSuccess(outcome)) return;
  const { shown, hidden } = withoutKeys(values, keySet(redact));
  state.answers[name] = values;
  state.shown[name] = shown;
  state.found.push(...hidden);
}

const ended = (
  step: CompiledWorkflowStep,
  judged: JudgedStep,
  { trace }: State,
): WorkflowReading => ({
  status: 'failed',
  outcome: outcomeOfRun(judged.outcome),
  summary: describeStep(judged.by, judged),
  endedBy: step.name,
  isRetryable: judged.isRetryable,
  ...(judged.isRetryable &&
    judged.waitHintSeconds !== undefined && { waitHintSeconds: judged.waitHintSeconds }),
  trace,
});

const uncertain = ({ name }: CompiledWorkflowStep, { trace }: State): WorkflowReading => ({
  status: 'uncertain',
  outcome: 'uncertain',
  summary: `Step ${name} was sent, and its answer is not known: look there, then decide whether to run it again.`,
  endedBy: name,
  isRetryable: false,
  trace,
});
