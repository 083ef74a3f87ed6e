import { AppError } from '@calseta/common';

/** Suggested retry delay after an outage, s. */
const RETRY_AFTER_SECONDS = 2;
/** Suggested retry delay under overload, s. */
const RETRY_SLOW_AFTER_SECONDS = 5;
/** How deeply Prisma and pg nest causes. */
const MAX_CAUSES = 5;

/** SQLSTATE classes and codes that blame the server, not the statement. */
const UNAVAILABLE_STATE = /^(08...|57P0[1-5]|53[0-3]00|25006|25P03|XX002)$/;
const UNAVAILABLE_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/**
 * P1001/P1002: not reachable, P1008: time-out, P1017: closed, P2024: pool, P2028: a transaction could not begin or end
 * in time, P2037: too many connections.
 */
const UNAVAILABLE_PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
/** Messages of pg and pg-pool that have no code. */
const UNAVAILABLE_TEXT =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end)/;

/** True when the database is down, refuses connections or is read-only, so that a retry can help. */
export const isUnavailable = (error: unknown): boolean =>
  wrapped(error).some(
    ({ codes, kind, message }) =>
      codes.some(
        (code) =>
          UNAVAILABLE_STATE.test(code) ||
          UNAVAILABLE_SOCKET.has(code) ||
          UNAVAILABLE_PRISMA.has(code),
      ) ||
      UNAVAILABLE_KINDS.has(kind) ||
      UNAVAILABLE_TEXT.test(message),
  );

/** True when a row with the same unique key exists. */
export const isUniqueViolation = (error: unknown): boolean => hasCode(error, '23505', 'P2002');

/** True when a referenced row does not exist. */
export const isForeignKeyViolation = (error: unknown): boolean => hasCode(error, '23503', 'P2003');

/** True when Prisma cannot find the row to change or delete. */
export const isRowMissing = (error: unknown): boolean => hasCode(error, 'P2025');

/** True when a text is no time, or one that Postgres cannot hold. */
export const isNoTime = (error: unknown): boolean => hasCode(error, '22007', '22008');

/** True when a statement names a table that does not exist. */
export const isTableMissing = (error: unknown): boolean => hasCode(error, '42P01');

/** True when the server aborted a transaction to resolve a deadlock. */
export const isDeadlock = (error: unknown): boolean => hasCode(error, '40P01', 'P2034');

/** True when the server cancelled a slow statement. */
export const isStatementTimeout = (error: unknown): boolean => hasCode(error, '57014');

/** True when the server refused a statement because its transaction had already failed. */
export const isRefused = (error: unknown): boolean => hasCode(error, '25P02');

/** True when the server is a read-only standby. */
export const isReadOnly = (error: unknown): boolean => hasCode(error, '25006');

/** Turns an outage or a statement time-out into the AppError for callers; returns every other error unchanged. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) {
    return new AppError('service.unavailable', 'The database does not answer.', {
      cause: error,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
  if (isStatementTimeout(error)) {
    return new AppError('service.overloaded', 'The database took too long.', {
      cause: error,
      retryAfterSeconds: RETRY_SLOW_AFTER_SECONDS,
    });
  }
  return error;
}

const hasCode = (error: unknown, ...wanted: string[]): boolean =>
  wrapped(error).some(({ codes }) => codes.some((code) => wanted.includes(code)));

type Facts = { codes: string[]; kind: string; message: string };

/** The error, its causes, and the one that Prisma hides in `meta.driverAdapterError`. */
function wrapped(error: unknown): Facts[] {
  const facts: Facts[] = [];
  let next: unknown = error;
  while (typeof next === 'object' && next !== null && facts.length < MAX_CAUSES) {
    const { code, originalCode, kind, message, cause, meta, errors } = next as Record<
      string,
      unknown
    >;
    facts.push({
      codes: [code, originalCode].filter((value) => typeof value === 'string'),
      kind: typeof kind === 'string' ? kind : '',
      message: typeof message === 'string' ? message : '',
    });
    next = cause ?? adapterErrorOf(meta) ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return facts;
}

const adapterErrorOf = (meta: unknown): unknown =>
  typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta
    ? meta.driverAdapterError
    : undefined;
