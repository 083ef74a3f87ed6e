import { fieldsOf, matchRule } from '@calseta/common';
import { type CompiledStep } from '../steps/compile-steps.js';
import {
  type AnswerTree,
  parseAnswer,
  readFrom,
  type StepAnswer,
  valuesAt,
} from './answer-tree.js';
import { renderRule } from '../templates/rule-template.js';
import { type TemplateScope } from '../templates/template.js';
import { readWaitHint } from './wait-hint.js';

/**
 * `found` the step has what it asks for · `not_found` the vendor does not know the subject · `quota` the vendor
 * asks for a later request · `auth` it rejects our credentials · `error` it fails or refuses · `bad_response` its
 * answer is unreadable · `unreachable`, `timeout`, `blocked` there is no answer.
 */
export const STEP_OUTCOMES = [
  'found',
  'not_found',
  'quota',
  'auth',
  'error',
  'bad_response',
  'unreachable',
  'timeout',
  'blocked',
] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

export type StepReading = {
  outcome: StepOutcome;
  tree: AnswerTree;
  /** The vendor's own error text, bounded; untrusted. */
  message?: string;
  /** Whether the same request may succeed shortly. */
  isRetryable: boolean;
  waitHintSeconds?: number;
};

/**
 * Reads an answer by the step's own rules, and by its status when none matches:
 *
 * | status                      | outcome      | retried     |
 * | --------------------------- | ------------ | ----------- |
 * | 2xx with JSON or no body    | found        |             |
 * | 2xx with anything else      | bad_response | yes         |
 * | 401, 403, 407               | auth         | no          |
 * | 429                         | quota        | after the wait hint |
 * | 408, 425, 5xx               | error        | yes         |
 * | anything else               | error        | no          |
 *
 * When a step has a rule for `found`, a 2xx answer that matches no rule is `bad_response`. Such a rule takes an error (4xx,
 * 5xx) for an answer only when it asks about `status`: vendors put the fields of an answer into errors, too.
 */
export function readAnswer(
  { rules }: Pick<CompiledStep, 'rules'>,
  answer: StepAnswer,
  scope: TemplateScope,
  receivedAt: Date,
): StepReading {
  const { isJson, value } = parseAnswer(answer);
  const tree: AnswerTree = { status: answer.status, headers: answer.headers, body: value };
  const outcome = outcomeOf(rules, tree, scope, isJson);
  const hint = readWaitHint(answer.headers, receivedAt);
  const message = outcome === 'found' ? undefined : messageOf(tree, isJson);
  return {
    outcome,
    tree,
    isRetryable: isRetryable(outcome, answer.status),
    ...(message !== undefined && { message }),
    ...(hint !== undefined &&
      outcome !== 'found' &&
      outcome !== 'not_found' && { waitHintSeconds: hint }),
  };
}

const ORDER = [
  ['error', 'error'],
  ['quota', 'quota'],
  ['auth_error', 'auth'],
  ['not_found', 'not_found'],
  ['found', 'found'],
] as const;

function outcomeOf(
  rules: CompiledStep['rules'],
  tree: AnswerTree,
  scope: TemplateScope,
  isJson: boolean,
): StepOutcome {
  const read = readFrom(tree);
  for (const [name, outcome] of ORDER) {
    const rule = rules[name];
    const isOfError = name === 'found' && tree.status >= 400;
    if (isOfError && rule && !fieldsOf(rule).includes('status')) continue;
    if (rule && matchRule(renderRule(rule, scope), read)) return outcome;
  }
  return byStatus(tree.status, isJson, rules.found !== undefined);
}

function byStatus(status: number, isJson: boolean, saysWhatIsFound: boolean): StepOutcome {
  if (status === 401 || status === 403 || status === 407) return 'auth';
  if (status === 429) return 'quota';
  if (status < 200 || status > 299) return 'error';
  return isJson && !saysWhatIsFound ? 'found' : 'bad_response';
}

const isRetryable = (outcome: StepOutcome, status: number): boolean =>
  outcome === 'quota' ||
  outcome === 'bad_response' ||
  (outcome === 'error' && (status >= 500 || status === 408 || status === 425));

/** Longest vendor text that is repeated. */
export const MAX_MESSAGE_CHARACTERS = 300;

/** Paths of error texts in vendors' answers, most specific first. */
const MESSAGE_PATHS = [
  'errorCauses.errorSummary',
  'errorSummary',
  'error_description',
  'error.message',
  'errors.detail',
  'errors.title',
  'errors.message',
  'message',
  'detail',
  'detail.msg',
  'query_status',
  'error',
  'title',
];

/** Some vendors answer an error with a word, `no_service`; a page is none. */
const PLAIN_WORDS = /^[\w .,:;()'-]{1,100}$/;

const plainWords = (body: unknown): string | undefined =>
  typeof body === 'string' && PLAIN_WORDS.test(body.trim()) ? body.trim() : undefined;

function messageOf({ body, status }: AnswerTree, isJson: boolean): string | undefined {
  if (status >= 300 && status < 400) return 'It leads to another place, which is not followed.';
  if (!isJson) return status < 300 ? 'The answer is not JSON.' : plainWords(body);
  for (const path of MESSAGE_PATHS) {
    const text = valuesAt(body, path).find((value) => typeof value === 'string' && value !== '');
    if (typeof text === 'string') return text.slice(0, MAX_MESSAGE_CHARACTERS);
  }
  return undefined;
}
