/**
 * All error codes, as `area.problem`. Their HTTP statuses are defined in platform, their meanings here and in
 * docs/errors.md.
 */
export const ERROR_CODES = {
  'auth.missing': 'No API key was sent.',
  'auth.invalid': 'The API key is unknown, revoked or expired.',
  'auth.forbidden': 'The API key lacks the scope, the source or the type that this request needs.',
  'auth.network_not_allowed': 'The API key may not be used from the address of the client.',
  'auth.rate_limited': 'Too many failed authentications from this address.',
  'auth.signature_invalid': 'The source demands a signature, and none or a wrong one was sent.',
  'request.malformed': 'The request is not valid HTTP, or its body not valid JSON.',
  'request.invalid': 'The request does not fit its schema; `errors` says where.',
  'request.too_large': 'The body exceeds the documented limit.',
  'request.headers_too_large': 'The header fields exceed the documented limit.',
  'request.unsupported_media_type': 'The content type, encoding or charset is not accepted here.',
  'request.timeout': 'The request did not arrive in time.',
  'request.rate_limited': 'The source sends faster than its `rate_limit_per_minute`.',
  'route.not_found': 'No such path.',
  'route.method_not_allowed': 'The path exists, the method does not; see `Allow`.',
  'resource.not_found': 'No resource with this id.',
  'resource.conflict': 'The resource exists already, or was changed meanwhile.',
  'resource.precondition_failed': '`If-Match` names another version of the resource.',
  'idempotency.conflict': 'The Idempotency-Key was used for another request, or is in flight.',
  'source.unknown': 'No source with this name is configured.',
  'alert.transition_invalid': 'The status machine has no such move; `detail` lists the legal ones.',
  'workflow.no_steps': 'The workflow has no steps: it is documentation, and cannot be executed.',
  'approval.own_request': 'Whoever asked for a run cannot decide about it.',
  'approval.own_means':
    'The key or the message that decides was made by whoever asked for the run.',
  'approval.not_approver': 'The sender stands for no approver who was asked about this run.',
  'approval.already_decided': 'The run was approved, rejected or ended before.',
  'approval.expired': 'The time to decide about the run is over.',
  'approval.workflow_changed':
    'The workflow was changed after the run was asked for; nothing was sent.',
  'approval.parameters_changed':
    'What the run would do is not what was asked for; nothing was sent.',
  'approval.link_unknown': 'The link to decide is not valid, or its time is over.',
  'url.not_allowed': 'The URL points to an address that outbound calls may not reach.',
  'message.invalid': 'A pipeline message does not fit its schema.',
  'service.overloaded':
    'Too much is in flight, or asked for at once; try again after `Retry-After`, or ask for less.',
  'service.unavailable':
    'The database or the broker does not answer; try again after `Retry-After`.',
  'internal.error': 'A defect of ours; quote `trace_id`.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Further codes of an alert's `failure`; no answer of the HTTP API has them. */
export const FAILURE_CODES = {
  'payload.unreadable': 'Its source cannot read the payload.',
  'body.malformed': 'What came is not JSON and could not be repaired; its text is the payload.',
  'pipeline.stalled': 'Nothing took the alert on from its stage.',
} as const;

export type FailureCode = keyof typeof FAILURE_CODES;

/** One problem in a document. `pointer` is an RFC 6901 JSON Pointer. */
export type Issue = { pointer: string; message: string };

export type AppErrorOptions = {
  cause?: unknown;
  issues?: Issue[];
  /** Seconds after which a retry can succeed. */
  retryAfterSeconds?: number;
  /** Allowed methods, for `route.method_not_allowed`. */
  allow?: string[];
  /** Extension members of the problem (RFC 9457, section 3.2). */
  members?: ProblemMembers;
};

export type ProblemMembers = { alert_uuid?: string; results?: unknown[] };

/**
 * An expected failure with a code, which the caller receives. It has no stack, because a stack keeps the arguments
 * of its functions in memory, such as the parsed body of a refused request.
 */
export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly issues: Issue[];
  readonly retryAfterSeconds: number | undefined;
  readonly allow: string[] | undefined;
  readonly members: ProblemMembers | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    const limit = Error.stackTraceLimit;
    if (code !== 'internal.error') Error.stackTraceLimit = 0;
    super(message, { cause: options.cause });
    Error.stackTraceLimit = limit;
    this.code = code;
    this.issues = options.issues ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow;
    this.members = options.members;
  }
}

/** Whether a failure is temporary, so that the same attempt can succeed later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof AppError &&
  (error.code === 'service.unavailable' || error.code === 'service.overloaded');

/**
 * Whether a dependency does not answer. The code that talks to the dependency logs the loss and the return; other
 * code does not log the failure.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'service.unavailable';

/** A permanent failure. A message that causes it is dead-lettered at once. */
export class PermanentError extends AppError {
  override name = 'PermanentError';
}
