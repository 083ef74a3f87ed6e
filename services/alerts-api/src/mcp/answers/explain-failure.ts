import {
  type AppError,
  ERROR_CODES,
  type ErrorCode,
  hasScope,
  neutralize,
  type Principal,
  type Scope,
} from '@calseta/common';
import { ERROR_STATUS } from '@calseta/platform';

/** What the caller of a tool can do about a failure, by the status that REST answers. */
const WHAT_TO_DO = {
  400: 'Correct the request.',
  401: 'Ask the operator for a key that is valid.',
  403: 'Trying again does not help; ask the operator for a key that may do this.',
  404: 'Check the id; the search tools list what there is.',
  405: 'Ask the operator whether this Calseta has it.',
  408: 'Send the request faster.',
  409: 'Read it again, then decide whether the call is still needed, and which one is possible.',
  412: 'Read it again, then decide whether the call is still needed.',
  413: 'Send less at once.',
  415: 'Send application/json.',
  422: 'Correct the arguments and call again.',
  429: 'Wait, then try again.',
  431: 'Send fewer or shorter headers.',
  500: 'Trying again may not help; tell the operator the trace id.',
  503: 'Wait, then try again.',
} as const satisfies Record<(typeof ERROR_STATUS)[ErrorCode], string>;

export type FailedCall = {
  principal: Principal;
  /** Scope that the tool or the resource needs. */
  scope: Scope;
  traceId: string;
};

/** A failure in words for a model: code, what is wrong, what to do. A 5xx tells nothing of the inside. */
export function explainFailure(error: AppError, { principal, scope, traceId }: FailedCall): string {
  const isInside = ERROR_STATUS[error.code] >= 500;
  const lacksScope = error.code === 'auth.forbidden' && !hasScope(principal.scopes, scope);
  const code = lacksScope ? 'insufficient_scope' : error.code;
  const issues = isInside ? [] : error.issues.slice(0, MAX_ISSUES);
  const sentences = [
    `${code}: ${isInside ? ERROR_CODES[error.code] : error.message}`,
    ...issues.map(
      ({ pointer, message }) => `${pointer === '' ? 'The arguments' : pointer}: ${message}.`,
    ),
    WHAT_TO_DO[ERROR_STATUS[error.code]],
    ...(error.retryAfterSeconds === undefined
      ? []
      : [`Wait ${Math.ceil(error.retryAfterSeconds)} s.`]),
    ...(isInside ? [`Trace id: ${traceId}`] : []),
  ];
  return neutralize(sentences.join('\n')).text.slice(0, MAX_CHARACTERS);
}

const MAX_ISSUES = 20;
const MAX_CHARACTERS = 4_000;
