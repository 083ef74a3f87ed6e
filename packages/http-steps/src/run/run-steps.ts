import { type IndicatorType, MAX_RAW_CHARACTERS } from '@calseta/common';
import { type StepAnswer } from '../answers/answer-tree.js';
import { redactKeys } from '../redact/redact-keys.js';
import { redactSecrets, type Spellings } from '../redact/redact-secrets.js';
import { readAnswer, type StepOutcome, type StepReading } from '../answers/read-answer.js';
import { type CompiledAuth, type CompiledStep } from '../steps/compile-steps.js';
import {
  renderRequest,
  type RenderContext,
  type StepRequest,
  UnusableValueError,
} from '../steps/render-request.js';
import { MissingValueError, type Scope } from '../templates/template.js';
import { obtainToken, TOKEN_STEP, type TokenSource, withinRun } from './obtain-token.js';

/** The result of sending a request; `error` contains no secrets. */
export type SendResult =
  | ({ kind: 'answer' } & StepAnswer)
  | { kind: 'unreachable' | 'timeout' | 'blocked'; error: string };

/** Sends one request and never throws for what the vendor does. */
export type Send = (request: StepRequest, step: string) => Promise<SendResult>;

/** One step for people to read, with names in place of secrets. */
export type StepTrace = {
  step: string;
  request: StepRequest;
  outcome: StepOutcome;
  response?: StepAnswer;
  /** Why there is no answer, or the vendor's error text. */
  message?: string;
};

export type StepsResult = {
  /** `found` when every required step found something; else the outcome of the step that ended the run. */
  outcome: StepOutcome;
  /** The step that ended the run early. */
  endedBy?: string;
  message?: string;
  isRetryable: boolean;
  waitHintSeconds?: number;
  /** Bodies of the steps that found something, by step. */
  bodies: Record<string, unknown>;
  trace: StepTrace[];
};

export type StepsRun = {
  steps: readonly CompiledStep[];
  /** For steps without their own. */
  auth: CompiledAuth;
  /** Values of placeholders, except `steps`. */
  scope: Scope;
  indicatorType?: IndicatorType;
  baseUrl: string;
  replacesOrigin: boolean;
  send: Send;
  /** Caches tokens between runs. */
  tokens: TokenSource;
  /** Removed from everything that the vendor sends. */
  secrets: Spellings;
  /** Keys of answers whose values are not shown. */
  redact: readonly string[];
};

/**
 * Runs steps in order, each with the answers of the earlier ones. A required step that does not find what it asks
 * for ends the run. An optional step is skipped when it needs a value of an optional step that found nothing.
 */
export async function runSteps(run: StepsRun): Promise<StepsResult> {
  const state: RunState = { bodies: {}, answers: {}, trace: [] };
  const tokens = withinRun(run.tokens);
  for (const step of run.steps) {
    if (!appliesTo(step, run.indicatorType)) continue;
    const reading = await takeStep(step, { ...run, tokens }, state);
    if (reading.outcome === 'found') {
      state.bodies[step.name] = reading.tree?.body;
      state.answers[step.name] = reading.tree;
    } else if (!step.isOptional) {
      return conclude(reading, state);
    }
  }
  return { outcome: 'found', isRetryable: false, bodies: state.bodies, trace: state.trace };
}

type RunState = {
  bodies: Record<string, unknown>;
  /** For `steps.<name>`. */
  answers: Record<string, unknown>;
  trace: StepTrace[];
};

/** The result of a step; `by` is the token step if that failed. */
type Taken = Omit<StepReading, 'tree'> & { tree?: StepReading['tree']; by: string };

const appliesTo = ({ indicatorTypes }: CompiledStep, type: IndicatorType | undefined): boolean =>
  !indicatorTypes || type === undefined || indicatorTypes.includes(type);

async function takeStep(step: CompiledStep, run: StepsRun, state: RunState): Promise<Taken> {
  const auth = step.auth ?? run.auth;
  const context: RenderContext = {
    scope: { ...run.scope, steps: state.answers },
    indicatorType: run.indicatorType,
    baseUrl: run.baseUrl,
    replacesOrigin: run.replacesOrigin,
  };
  try {
    if (auth.kind !== 'client_credentials') return await exchange(step, auth, context, run, state);
    const token = await obtainToken(
      auth,
      context,
      run.tokens,
      async (tokenStep) => await exchange(tokenStep, { kind: 'none' }, context, run, state),
    );
    if (token.kind === 'refused') return { ...token.reading, by: TOKEN_STEP };
    const reading = await exchange(step, auth, { ...context, token: token.value }, run, state);
    if (reading.outcome === 'auth') token.forget();
    return reading;
  } catch (error) {
    if (!(error instanceof MissingValueError) && !(error instanceof UnusableValueError))
      throw error;
    return { outcome: 'error', message: error.message, isRetryable: false, by: step.name };
  }
}

async function exchange(
  step: CompiledStep,
  auth: CompiledAuth,
  context: RenderContext,
  { send, secrets, redact }: Pick<StepsRun, 'send' | 'secrets' | 'redact'>,
  { trace }: Pick<RunState, 'trace'>,
): Promise<Taken> {
  const request = renderRequest(step, auth, context, false);
  const shown = renderRequest(step, auth, context, true);
  const result = await send(request, step.name);
  if (result.kind !== 'answer') {
    const { kind: outcome, error: message } = result;
    trace.push({ step: step.name, request: shown, outcome, message });
    return { outcome, message, isRetryable: outcome !== 'blocked', by: step.name };
  }
  const { status, headers, body, isCut } = result;
  const response = { status, headers, body, ...(isCut && { isCut }) };
  const scope = { indicator: context.scope['indicator'] };
  const reading = readAnswer(step, response, scope, new Date());
  const { outcome } = reading;
  const message = reading.message && redactSecrets(reading.message, secrets, { isCut: false });
  trace.push({
    step: step.name,
    request: shown,
    outcome,
    response: { ...response, ...shownBody(step, reading, redactKeys(body, redact), secrets) },
    ...(message !== undefined && { message }),
  });
  return { ...reading, ...(message !== undefined && { message }), by: step.name };
}

/** The answer with a token is hidden as a whole. */
function shownBody(
  { name }: CompiledStep,
  { outcome }: StepReading,
  body: string,
  secrets: Spellings,
): Pick<StepAnswer, 'body' | 'isCut'> {
  if (name === TOKEN_STEP && outcome === 'found') return { body: '<token>' };
  const isCut = body.length > MAX_RAW_CHARACTERS;
  const shown = redactSecrets(body.slice(0, MAX_RAW_CHARACTERS), secrets, { isCut });
  return { body: shown.slice(0, MAX_RAW_CHARACTERS), ...(isCut && { isCut }) };
}

function conclude(
  { outcome, by, message, isRetryable, waitHintSeconds }: Taken,
  { bodies, trace }: RunState,
): StepsResult {
  return {
    outcome,
    endedBy: by,
    isRetryable,
    ...(message !== undefined && { message }),
    ...(waitHintSeconds !== undefined && { waitHintSeconds }),
    bodies,
    trace,
  };
}
