import { type Budget, type CountTokens, createBudget } from '@calseta/common';
import { type Caller } from '../../operations/operation.js';
import { ANSWER_TOKENS } from './answer-limits.js';

/** What a tool or a resource works with. */
export type McpContext = {
  caller: Caller;
  /** Creates budgets of one answer each; what counts tokens is loaded when it is first needed. */
  loadBudgets: () => Promise<() => Budget>;
};

/** Creates the budgets of answers, in tokens as models count them. */
export const budgetsOf =
  (countTokens: CountTokens): (() => Budget) =>
  () =>
    createBudget({
      maxBytes: MAX_BYTES,
      maxTokens: ANSWER_TOKENS.max - ENVELOPE_TOKENS,
      countTokens,
    });

const MAX_BYTES = 262_144;
/** For what stands around the entries: counts, cursor, what to do next. */
const ENVELOPE_TOKENS = 400;
