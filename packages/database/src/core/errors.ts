import { AppError } from '@calseta/common';

/** Seconds after which a caller may expect the database back. */
const RETRY_AFTER_SECONDS = 2;
/** Seconds after which a caller may expect the database to be less busy. */
const RETRY_SLOW_AFTER_SECONDS = 5;
/** How deep Prisma and pg wrap an error. */
const MAX_CAUSES = 5;

/** SQLSTATE classes and codes that say that the server, not the statement, is the trouble. */
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
 * P1001/P1002: not reachable, P1008: time-out, P1017: closed, P2024: pool, P2028: a transaction could not
 * begin, or not end, in time, P2037: too many.
 */
const UNAVAILABLE_PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const UNAVAILABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
/** What pg and pg-pool say without any code. */
const UNAVAILABLE_TEXT =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end)/;

/** True when the database is away, refuses connections or takes no writes, so that trying again later can help. */
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

/** True when a row with the same unique key exists already. */
export const isUniqueViolation = (error: unknown): boolean => hasCode(error, '23505', 'P2002');

/** True when a row refers to another that does not exist. */
export const isForeignKeyViolation = (error: unknown): boolean => hasCode(error, '23503', 'P2003');

/** True when Prisma was to change or delete a row that does not exist. */
export const isRowMissing = (error: unknown): boolean => hasCode(error, 'P2025');

/** True when the server ended a transaction so that another could go on. */
export const isDeadlock = (error: unknown): boolean => hasCode(error, '40P01', 'P2034');

/** True when the server cancelled a statement that ran too long. */
export const isStatementTimeout = (error: unknown): boolean => hasCode(error, '57014');

/** True when the server took a statement for part of a transaction that had failed before. */
export const isRefused = (error: unknown): boolean => hasCode(error, '25P02');

/** True when the server takes no writes: the connection leads to a standby. */
export const isReadOnly = (error: unknown): boolean => hasCode(error, '25006');

/**
 * Turns an outage, and a statement that took too long, into the coded errors that callers are told of;
 * leaves every other error as it is.
 */
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

/** The error, its causes and what Prisma hides in `meta.driverAdapterError`. */
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
