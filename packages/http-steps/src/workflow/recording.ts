import { matchRule } from '@calseta/common';
import { type AnswerTree, parseAnswer, readFrom, valuesAt } from '../answers/answer-tree.js';
import { type RecordedAnswer, toSendResult } from '../run/answer-recorded.js';
import { TOKEN_STEP } from '../run/obtain-token.js';
import { type Send, type SendResult } from '../run/take-step.js';
import { isBodiless } from '../steps/step-schema.js';
import { type CompiledWorkflow, type CompiledWorkflowStep } from './compile-workflow.js';

/** A recorded answer that may say what it answers. */
export type RecordedExchange = RecordedAnswer & {
  step?: string | undefined;
  method?: string | undefined;
};

export type Recording = {
  send: Send;
  /** Steps that had no answer. */
  missing: Set<string>;
  /** Number of unused answers. */
  leftOver(): number;
};

/** Stands for a token whose request was not recorded. */
const STAND_IN_TOKEN: SendResult = {
  kind: 'answer',
  status: 200,
  headers: {},
  body: '{"access_token":"<token>"}',
};

/**
 * Gives recorded answers and sends nothing. An answer that names a step is that step's; the others go in order to the
 * steps that run. Where the answers are fewer than the steps, those that read may have been left out: an answer that
 * the rules of such a step do not know is left for the step that acts.
 */
export function playRecording(
  workflow: CompiledWorkflow,
  exchanges: readonly RecordedExchange[],
): Recording {
  const unused = [...exchanges];
  const missing = new Set<string>();
  const steps = new Map(workflow.steps.map((step) => [step.name, step]));
  const names = new Set([...steps.keys(), TOKEN_STEP]);
  /** Number of the steps before the one that is asked about now. */
  let asked = 0;

  const take = (exchange: RecordedExchange): SendResult => {
    unused.splice(unused.indexOf(exchange), 1);
    return toSendResult(exchange);
  };
  /** Whether some of the steps that are still to come have no answer. */
  const areFewer = (name: string): boolean => {
    const index = workflow.steps.findIndex((step) => step.name === name);
    const coming = workflow.steps.slice(index === -1 ? asked : index);
    const needed = coming.filter(({ isOptional }) => !isOptional).length;
    return unused.length < needed + (name === TOKEN_STEP ? 1 : 0);
  };

  function answerOf(name: string, method: string): SendResult | undefined {
    const named = unused.find(({ step }) => step === name);
    if (named) return take(named);
    const next = unused.find(({ step }) => step === undefined || !names.has(step));
    if (!next || (next.method !== undefined && next.method !== method)) return undefined;
    const mayBeLeftOut = name === TOKEN_STEP || isBodiless(method);
    if (mayBeLeftOut && areFewer(name) && !isKnownTo(steps.get(name), next)) return undefined;
    return take(next);
  }

  return {
    missing,
    leftOver: () => unused.length,
    async send({ method }, name) {
      const answer = answerOf(name, method);
      asked = Math.max(asked, workflow.steps.findIndex((step) => step.name === name) + 1);
      if (answer) return await Promise.resolve(answer);
      if (name === TOKEN_STEP) return STAND_IN_TOKEN;
      missing.add(name);
      return { kind: 'unreachable', error: 'there is no recorded answer', isUnsent: true };
    },
  };
}

/** Whether a rule of the step says what the answer means; of the request for a token, whether it is about one. */
function isKnownTo(step: CompiledWorkflowStep | undefined, exchange: RecordedExchange): boolean {
  const result = toSendResult(exchange);
  if (result.kind !== 'answer') return false;
  const { status, headers } = result;
  const tree: AnswerTree = { status, headers, body: parseAnswer(result).value };
  if (!step)
    return ['access_token', 'error_description'].some(
      (path) => valuesAt(tree.body, path).length > 0,
    );
  const rules = [...Object.values(step.rules), step.done, step.notApplicable];
  return rules.some((rule) => rule !== undefined && matchRule(rule, readFrom(tree)));
}
