import { AppError, ERROR_CODES, type ErrorCode, type Problem } from '@calseta/common';

/** HTTP status of each error code; the compiler checks that none is missing. */
export const ERROR_STATUS = {
  'auth.missing': 401,
  'auth.invalid': 401,
  'auth.forbidden': 403,
  'auth.network_not_allowed': 403,
  'auth.rate_limited': 429,
  'auth.signature_invalid': 401,
  'request.malformed': 400,
  'request.invalid': 422,
  'request.too_large': 413,
  'request.headers_too_large': 431,
  'request.unsupported_media_type': 415,
  'request.timeout': 408,
  'request.rate_limited': 429,
  'route.not_found': 404,
  'route.method_not_allowed': 405,
  'resource.not_found': 404,
  'resource.conflict': 409,
  'resource.precondition_failed': 412,
  'idempotency.conflict': 409,
  'source.unknown': 404,
  'alert.transition_invalid': 409,
  'workflow.no_steps': 422,
  'approval.own_request': 403,
  'approval.own_means': 403,
  'approval.not_approver': 403,
  'approval.already_decided': 409,
  'approval.expired': 409,
  'approval.workflow_changed': 409,
  'approval.parameters_changed': 409,
  'approval.link_unknown': 404,
  'url.not_allowed': 422,
  'message.invalid': 422,
  'service.overloaded': 503,
  'service.unavailable': 503,
  'internal.error': 500,
} as const satisfies Record<ErrorCode, number>;

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The `type` of a problem: an anchor in the API docs. */
export const problemType = (code: ErrorCode): string => `/docs#error-${code}`;

/** Maximum number of issues in one answer, so that a body with thousands of mistakes does not cause a huge answer. */
const MAX_ISSUES = 100;
const DEFAULT_RETRY_AFTER_SECONDS = 1;

export type ProblemAnswer = {
  status: number;
  headers: Record<string, string>;
  body: Problem;
};

/** Every other error is a defect; the client learns only the trace id. */
export const toAppError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('internal.error', 'Unexpected failure.', { cause: error });

/** RFC 6750, section 3: no error where no key was sent. */
const challengeOf = (code: ErrorCode): string =>
  code === 'auth.invalid'
    ? 'Bearer realm="calseta", error="invalid_token"'
    : 'Bearer realm="calseta"';

/** Creates the RFC 9457 answer for an error. */
export function toProblem(error: unknown, traceId?: string): ProblemAnswer {
  const { code, message, issues, retryAfterSeconds, allow, members } = toAppError(error);
  const status = ERROR_STATUS[code];
  const detail = status >= 500 ? ERROR_CODES[code] : message;
  const wait =
    retryAfterSeconds ??
    (status === 429 || status === 503 ? DEFAULT_RETRY_AFTER_SECONDS : undefined);
  return {
    status,
    headers: {
      ...(wait === undefined ? {} : { 'Retry-After': String(Math.ceil(wait)) }),
      ...(allow ? { Allow: allow.join(', ') } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': challengeOf(code) } : {}),
    },
    body: {
      type: problemType(code),
      title: TITLES[status] ?? 'Error',
      status,
      detail,
      code,
      ...(traceId ? { trace_id: traceId } : {}),
      ...(issues.length > 0 && status < 500 ? { errors: issues.slice(0, MAX_ISSUES) } : {}),
      ...members,
    },
  };
}
