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

/** What the caller of a tool can do about a failure. */
const WHAT_TO_DO = {
  'auth.missing': 'Send the API key with each request.',
  'auth.invalid': 'Ask the operator for a key that is valid.',
  'auth.forbidden': 'Trying again does not help; ask the operator for a key that may do this.',
  'auth.rate_limited': 'Wait, then try again.',
  'auth.signature_invalid': 'Trying again does not help; ask the operator.',
  'request.malformed': 'Correct the request.',
  'request.invalid': 'Correct the arguments and call again.',
  'request.too_large': 'Send less at once.',
  'request.headers_too_large': 'Send fewer or shorter headers.',
  'request.unsupported_media_type': 'Send application/json.',
  'request.timeout': 'Send the request faster.',
  'request.rate_limited': 'Wait, then try again.',
  'route.not_found': 'Ask the operator whether this Calseta has it.',
  'route.method_not_allowed': 'Ask the operator whether this Calseta has it.',
  'resource.not_found': 'Check the id; the search tools list what there is.',
  'resource.conflict': 'Read it again, then decide whether the call is still needed.',
  'resource.precondition_failed': 'Read it again, then decide whether the call is still needed.',
  'idempotency.conflict': 'Use another Idempotency-Key.',
  'source.unknown': 'Check the name of the source.',
  'alert.transition_invalid':
    'Make one of the legal moves, or leave the status as it is. Open → Triaging or Escalated → Closed.',
  'url.not_allowed': 'Trying again does not help; ask the operator.',
  'message.invalid': 'Trying again does not help; tell the operator.',
  'service.overloaded': 'Wait, then ask again, or for less.',
  'service.unavailable': 'Wait, then try again.',
  'internal.error': 'Trying again may not help; tell the operator the trace id.',
} as const satisfies Record<ErrorCode, string>;

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
    WHAT_TO_DO[error.code],
    ...(error.retryAfterSeconds === undefined
      ? []
      : [`Wait ${Math.ceil(error.retryAfterSeconds)} s.`]),
    ...(isInside ? [`Trace id: ${traceId}`] : []),
  ];
  return neutralize(sentences.join('\n')).text.slice(0, MAX_CHARACTERS);
}

const MAX_ISSUES = 20;
const MAX_CHARACTERS = 4_000;
