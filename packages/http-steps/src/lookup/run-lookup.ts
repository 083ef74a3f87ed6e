import {
  type IndicatorType,
  type LookupStatus,
  type Malice,
  matchRule,
  type ReadField,
} from '@calseta/common';
import { type StepOutcome } from '../answers/read-answer.js';
import { valuesAt } from '../answers/answer-tree.js';
import { extractFields, type Facts } from '../fields/extract-fields.js';
import { prepareSecrets } from '../redact/redact-secrets.js';
import { type TokenSource } from '../run/obtain-token.js';
import { runSteps } from '../run/run-steps.js';
import { type Send, type StepTrace } from '../run/take-step.js';
import { describeIndicator } from '../templates/describe-indicator.js';
import { MissingValueError, renderText } from '../templates/template.js';
import { type CompiledLookup } from './compile-lookup.js';

export type LookupInput = {
  lookup: CompiledLookup;
  indicator: { type: IndicatorType; value: string };
  secrets: Readonly<Record<string, string>>;
  baseUrl: string;
  /** Whether `baseUrl` replaces the origins in the steps' URLs. */
  replacesOrigin: boolean;
  send: Send;
  tokens: TokenSource;
};

/** Why a lookup failed. `auth` needs the operator and is never retried automatically. */
export type LookupErrorKind = Exclude<StepOutcome, 'found' | 'not_found' | 'quota' | 'timeout'>;

export type LookupReading = {
  status: LookupStatus;
  extracted: Facts;
  malice: Malice;
  reasons: string[];
  errorKind?: LookupErrorKind;
  /** Our description, followed by the vendor's own text. */
  error?: string;
  isRetryable: boolean;
  waitHintSeconds?: number;
  steps: StepTrace[];
};

/** Asks a provider about an indicator and reads its answers. An unknown indicator is Pending, never Benign. */
export async function runLookup(input: LookupInput): Promise<LookupReading> {
  const { lookup, indicator, secrets, baseUrl, replacesOrigin, send, tokens } = input;
  const result = await runSteps({
    steps: lookup.steps,
    auth: lookup.auth,
    scope: { indicator: describeIndicator(indicator), secrets },
    indicatorType: indicator.type,
    baseUrl,
    replacesOrigin,
    send,
    tokens,
    secrets: prepareSecrets(Object.values(secrets)),
    redact: lookup.redact,
  });
  const { outcome, endedBy, message, isRetryable, waitHintSeconds, trace: steps } = result;
  if (outcome === 'found') {
    const extracted = extractFields(lookup.fields, result.bodies, indicator);
    return {
      status: 'success',
      extracted,
      ...judge(lookup, extracted, indicator),
      isRetryable,
      steps,
    };
  }
  const { status, errorKind } = statusOf(outcome);
  return {
    status,
    extracted: status === 'not_found' ? factsOfNothing(lookup, result.bodies, indicator) : {},
    malice: 'Pending',
    reasons: [],
    ...(errorKind && { errorKind }),
    ...(status !== 'not_found' && { error: describe(outcome, endedBy, message) }),
    isRetryable,
    ...(waitHintSeconds !== undefined && { waitHintSeconds }),
    steps,
  };
}

const factsOfNothing = (
  { fields }: CompiledLookup,
  bodies: Readonly<Record<string, unknown>>,
  indicator: LookupInput['indicator'],
): Facts =>
  extractFields(
    fields.filter(({ even_if_not_found: isRead }) => isRead === true),
    bodies,
    indicator,
  );

function statusOf(outcome: Exclude<StepOutcome, 'found'>): {
  status: LookupStatus;
  errorKind?: LookupErrorKind;
} {
  switch (outcome) {
    case 'not_found':
    case 'quota':
    case 'timeout':
      return { status: outcome };
    default:
      return { status: 'failed', errorKind: outcome };
  }
}

const IN_WORDS: Record<Exclude<StepOutcome, 'found' | 'not_found'>, string> = {
  quota: 'asks to be asked later',
  auth: 'does not accept the credentials',
  error: 'answered with an error',
  bad_response: 'answered what cannot be read',
  unreachable: 'cannot be reached',
  timeout: 'did not answer in time',
  blocked: 'may not be called',
};

const describe = (
  outcome: Exclude<StepOutcome, 'found'>,
  step: string | undefined,
  message: string | undefined,
): string => {
  const words = outcome === 'not_found' ? 'knows nothing' : IN_WORDS[outcome];
  return `The provider ${words} (step ${step ?? '?'})${message === undefined ? '.' : `: ${message}`}`;
};

function judge(
  { malice: rules }: CompiledLookup,
  extracted: Facts,
  indicator: LookupInput['indicator'],
): { malice: Malice; reasons: string[] } {
  const facts = { ...extracted, indicator };
  const read: ReadField = (field) =>
    Object.hasOwn(facts, field) ? facts[field as keyof typeof facts] : valuesAt(facts, field)[0];
  const rule = rules.find(({ when }) => matchRule(when, read));
  if (!rule) return { malice: 'Pending', reasons: [] };
  return {
    malice: rule.malice,
    reasons: rule.reason ? reasonOf(rule.reason, extracted, indicator) : [],
  };
}

/** What stands before a list that is empty. */
const TRAILING = /[:,]\s*$/;

/** A reason with missing facts is left out; the verdict stays. */
function reasonOf(
  reason: NonNullable<CompiledLookup['malice'][number]['reason']>,
  extracted: Facts,
  indicator: LookupInput['indicator'],
): string[] {
  const joined = Object.fromEntries(
    Object.entries(extracted).map(([name, fact]) => [
      name,
      Array.isArray(fact) ? fact.join(', ') : fact,
    ]),
  );
  try {
    return [renderText(reason, { extracted: joined, indicator }).replace(TRAILING, '')];
  } catch (error) {
    if (error instanceof MissingValueError) return [];
    throw error;
  }
}
