import { matchRule, type Rule, type RunOutcome } from '@calseta/common';
import { type AnswerTree, readFrom, valuesAt } from '../answers/answer-tree.js';
import { type StepOutcome } from '../answers/read-answer.js';
import { type Taken } from '../run/take-step.js';
import { isBodiless } from '../steps/step-schema.js';
import { renderRule } from '../templates/rule-template.js';
import { type CompiledWorkflowStep } from './compile-workflow.js';
import { tellState } from './tell-state.js';

/** `found` and `done` are successes; `skipped` was not sent; the others end the run unless the step is optional. */
export type WorkflowStepOutcome =
  StepOutcome | 'done' | 'skipped' | 'not_applicable' | 'ambiguous' | 'not_confirmed' | 'refused';

export type JudgedStep = Omit<Taken, 'outcome'> & { outcome: WorkflowStepOutcome };

/** Reads what came of a step by its rules; `show` leaves out of an answer what nobody may read. */
export function judgeStep(
  step: CompiledWorkflowStep,
  taken: Taken,
  indicator: unknown,
  show: (tree: AnswerTree) => AnswerTree,
): JudgedStep {
  const { tree } = taken;
  if (!tree || taken.by !== step.name) return { ...taken, outcome: refusedOr(taken) };
  const matches = (rule: Rule | undefined): boolean =>
    rule !== undefined && matchRule(renderRule(rule, { indicator }), readFrom(tree));
  if (matches(step.notApplicable))
    return { ...taken, ...inState(taken.message, step.notApplicable, show(tree)) };
  if (matches(step.done)) return { ...taken, outcome: 'done', isRetryable: false };
  if (taken.outcome !== 'found') return { ...taken, outcome: refusedOr(taken) };
  if (step.exactlyOne !== undefined) {
    const count = valuesAt(tree, step.exactlyOne).flat().filter(isThere).length;
    if (count !== 1 || hasMore(tree)) return { ...taken, ...notOne(count) };
  }
  if (step.expect && !matches(step.expect.rule))
    return { ...taken, ...notConfirmed(step.expect.rule, show(tree)) };
  return { ...taken, outcome: isBodiless(step.method) ? 'found' : 'done' };
}

type Verdict = Pick<JudgedStep, 'outcome' | 'message' | 'isRetryable'>;

/** In the words of the vendor, or else by what the answer says of the state. */
function inState(said: string | undefined, rule: Rule | undefined, shown: AnswerTree): Verdict {
  const message = said ?? (rule && tellState(rule, shown));
  return {
    outcome: 'not_applicable',
    isRetryable: false,
    ...(message !== undefined && { message }),
  };
}

function notConfirmed(rule: Rule, shown: AnswerTree): Verdict {
  const state = tellState(rule, shown);
  const message = `the state that was read back is another${state === undefined ? '' : `: ${state}`}`;
  return { outcome: 'not_confirmed', message, isRetryable: true };
}

/** A 403 says who may do it, a 401 that the credentials are wrong, and a 404 that there is nothing to act on. */
function refusedOr({ outcome, tree }: Taken): WorkflowStepOutcome {
  if (outcome === 'auth' && tree?.status === 403) return 'refused';
  return outcome === 'error' && tree?.status === 404 ? 'not_found' : outcome;
}

/** Vendors answer null in place of an empty list. */
const isThere = (value: unknown): boolean => value !== null && value !== undefined;

/** Where vendors say that there are further pages, or how many entries there are in all. */
const NEXT_PAGE = 'body.@odata.nextLink';
const TOTAL = 'body.meta.pagination.total';
const NEXT_LINK = /;\s*rel="?next"?/i;

const hasMore = (tree: AnswerTree): boolean =>
  valuesAt(tree, NEXT_PAGE).some(isThere) ||
  valuesAt(tree, TOTAL).some((total) => Number(total) > 1) ||
  NEXT_LINK.test(tree.headers['link'] ?? '');

const notOne = (count: number): Verdict =>
  count === 0
    ? { outcome: 'not_found', message: 'nothing matches', isRetryable: false }
    : {
        outcome: 'ambiguous',
        message: `${count === 1 ? 'more than one' : count} match, and exactly one is needed`,
        isRetryable: false,
      };

export const isSuccess = (outcome: WorkflowStepOutcome): boolean =>
  outcome === 'found' || outcome === 'done' || outcome === 'skipped';

/** How a run ends whose step ended so. */
export const outcomeOfRun = (outcome: WorkflowStepOutcome): RunOutcome => RUN_OUTCOME_OF[outcome];

const RUN_OUTCOME_OF: Record<WorkflowStepOutcome, RunOutcome> = {
  found: 'done',
  done: 'done',
  skipped: 'done',
  not_applicable: 'not_applicable',
  not_found: 'not_found',
  ambiguous: 'ambiguous',
  not_confirmed: 'not_confirmed',
  refused: 'refused',
  auth: 'refused',
  quota: 'quota',
  unreachable: 'unreachable',
  timeout: 'unreachable',
  error: 'failed',
  bad_response: 'failed',
  blocked: 'failed',
};

const IN_WORDS: Record<WorkflowStepOutcome, string> = {
  found: 'found what it asks for',
  done: 'is done',
  skipped: 'was not needed',
  not_applicable: 'does not apply in the present state',
  not_found: 'found nothing',
  ambiguous: 'found more than one',
  not_confirmed: 'was accepted, and is not confirmed',
  refused: 'is not allowed with these credentials',
  auth: 'was not accepted with these credentials',
  quota: 'was asked to wait',
  error: 'was answered with an error',
  bad_response: 'was answered with something unreadable',
  unreachable: 'could not be sent',
  timeout: 'was not answered in time',
  blocked: 'may not be sent there',
};

/** `Step suspend is not allowed with these credentials: You do not have permission…` */
export const describeStep = (
  name: string,
  { outcome, message }: Pick<JudgedStep, 'outcome' | 'message'>,
): string =>
  `Step ${name} ${IN_WORDS[outcome]}${message === undefined || message === '' ? '.' : `: ${message}`}`;
