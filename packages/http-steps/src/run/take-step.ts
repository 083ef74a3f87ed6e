import { type IndicatorType, MAX_RAW_CHARACTERS } from '@calseta/common';
import { type StepAnswer } from '../answers/answer-tree.js';
import { redactKeys, withoutKeys } from '../redact/redact-keys.js';
import { prepareSecrets, redactSecrets, type Spellings } from '../redact/redact-secrets.js';
import { MAX_MESSAGE_CHARACTERS, readAnswer, type StepReading } from '../answers/read-answer.js';
import { type CompiledAuth, type CompiledStep } from '../steps/compile-steps.js';
import {
  renderRequest,
  type RenderContext,
  type StepRequest,
  UnusableValueError,
} from '../steps/render-request.js';
import { MissingValueError, type TemplateScope } from '../templates/template.js';
import { obtainToken, TOKEN_STEP, type TokenSource } from './obtain-token.js';

/** The result of sending a request; `error` contains no secrets. */
export type SendResult =
  | ({ kind: 'answer' } & StepAnswer)
  | {
      kind: 'unreachable' | 'timeout' | 'blocked';
      error: string;
      /** Whether it is certain that nothing of the request arrived. */
      isUnsent?: boolean;
    };

/** Sends one request and never throws for what the vendor does. */
export type Send = (request: StepRequest, step: string) => Promise<SendResult>;

/** One step for people to read, with names in place of secrets. */
export type StepTrace = {
  step: string;
  request: StepRequest;
  /** A StepOutcome, or what the rules of a workflow make of it. */
  outcome: string;
  response?: StepAnswer;
  /** Why there is no answer, or the vendor's error text. */
  message?: string;
};

/** What all steps of a run share. */
export type StepSettings = {
  /** For steps without their own. */
  auth: CompiledAuth;
  /** Values of placeholders, except `steps`. */
  scope: TemplateScope;
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
  /** Keys, in lower case, whose values are removed from the rest of the answer too. */
  secretKeys?: ReadonlySet<string>;
  /** Called before a request is sent, with the names of secrets in place of them; not for tokens. */
  onRequest?: (shown: StepRequest) => Promise<void>;
  /** Headers that are added to the request of the step. */
  headers?: Readonly<Record<string, string>>;
  /** Whether values that are missing are written as their names. */
  hasStandIns?: boolean;
};

/** What earlier steps answered, for placeholders, as it is and as it is shown. */
export type EarlierAnswers = {
  answers: Readonly<Record<string, unknown>>;
  shown?: Readonly<Record<string, unknown>>;
};

/** The result of a step; `by` is the token step if that failed. */
export type Taken = Omit<StepReading, 'tree'> & {
  tree?: StepReading['tree'];
  by: string;
  /** Whether it is certain that nothing of the request arrived. */
  isUnsent?: boolean;
};

/** Sends one step and reads its answer; what was sent and answered is added to `trace`. */
export async function takeStep(
  step: CompiledStep,
  run: StepSettings,
  earlier: EarlierAnswers,
  trace: StepTrace[],
): Promise<Taken> {
  const auth = step.auth ?? run.auth;
  const context: RenderContext = {
    scope: { ...run.scope, steps: earlier.answers },
    shownSteps: earlier.shown ?? earlier.answers,
    hasStandIns: run.hasStandIns ?? false,
    indicatorType: run.indicatorType,
    baseUrl: run.baseUrl,
    replacesOrigin: run.replacesOrigin,
  };
  try {
    if (auth.kind !== 'client_credentials')
      return await exchange(step, auth, context, run, trace, run);
    const token = await obtainToken(
      auth,
      context,
      run.tokens,
      async (tokenStep) => await exchange(tokenStep, { kind: 'none' }, context, run, trace),
    );
    if (token.kind === 'refused') return { ...token.reading, by: TOKEN_STEP, isUnsent: true };
    const settings = withToken(run, token.value);
    const given = { ...context, token: token.value };
    const reading = await exchange(step, auth, given, settings, trace, run);
    if (reading.outcome === 'auth') token.forget();
    return reading;
  } catch (error) {
    if (!(error instanceof MissingValueError) && !(error instanceof UnusableValueError))
      throw error;
    const { message } = error;
    return { outcome: 'error', message, isRetryable: false, by: step.name, isUnsent: true };
  }
}

/** A vendor may echo the token. */
const withToken = (run: StepSettings, token: string): StepSettings => ({
  ...run,
  secrets: [...run.secrets, ...prepareSecrets([token])],
});

const withHeaders = (request: StepRequest, extra: StepSettings['headers']): StepRequest =>
  extra ? { ...request, headers: { ...extra, ...request.headers } } : request;

async function exchange(
  step: CompiledStep,
  auth: CompiledAuth,
  context: RenderContext,
  { send, secrets: known, redact, secretKeys }: StepSettings,
  trace: StepTrace[],
  { onRequest, headers: extra }: Pick<StepSettings, 'onRequest' | 'headers'> = {},
): Promise<Taken> {
  const request = withHeaders(renderRequest(step, auth, context, false), extra);
  const shown = withHeaders(renderRequest(step, auth, context, true), extra);
  await onRequest?.(shown);
  const result = await send(request, step.name);
  if (result.kind !== 'answer') {
    const { kind: outcome, error: message } = result;
    trace.push({ step: step.name, request: shown, outcome, message });
    const isUnsent = outcome === 'blocked' || result.isUnsent === true;
    return { outcome, message, isRetryable: outcome !== 'blocked', by: step.name, isUnsent };
  }
  const { status, headers, body, isCut } = result;
  const response = { status, headers, body, ...(isCut && { isCut }) };
  const scope = { indicator: context.scope['indicator'] };
  const reading = readAnswer(step, response, scope, new Date());
  const { outcome } = reading;
  const answered = secretKeys ? withoutKeys(reading.tree.body, secretKeys).hidden : [];
  const secrets = answered.length === 0 ? known : [...known, ...prepareSecrets(answered)];
  const message = reading.message && shownMessage(reading.message, secrets);
  trace.push({
    step: step.name,
    request: shown,
    outcome,
    response: {
      ...response,
      headers: shownHeaders(headers, secrets),
      ...shownBody(step, reading, redactKeys(body, redact), secrets),
    },
    ...(message !== undefined && { message }),
  });
  return { ...reading, ...(message !== undefined && { message }), by: step.name };
}

/** A message may end within a secret. */
const shownMessage = (message: string, secrets: Spellings): string =>
  redactSecrets(message, secrets, { isCut: message.length >= MAX_MESSAGE_CHARACTERS });

const shownHeaders = (headers: StepAnswer['headers'], secrets: Spellings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      redactSecrets(value, secrets, { isCut: false }),
    ]),
  );

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
