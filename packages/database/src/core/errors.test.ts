import { AppError } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import {
  isForeignKeyViolation,
  isRowMissing,
  isStatementTimeout,
  isUnavailable,
  isUniqueViolation,
  toDatabaseError,
} from './errors.js';

const withCode = (code: string, message = 'no') => Object.assign(new Error(message), { code });
/** An error as Prisma wraps it around its adapter's. */
const wrappedByPrisma = (code: string, cause: object) =>
  Object.assign(withCode(code), { meta: { driverAdapterError: new Error('x', { cause }) } });

describe('isUnavailable', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
    '57P01',
    '57P02',
    '57P03',
    '25006',
    '53300',
    '53100',
    '08006',
    'P1001',
    'P1017',
    'P2024',
  ])('is true for %s', (code) => {
    expect(isUnavailable(withCode(code))).toBe(true);
  });

  test.each(['23505', '22P05', '57014', '40P01', '42P01', 'P2002', 'P2025'])(
    'is false for %s',
    (code) => {
      expect(isUnavailable(withCode(code))).toBe(false);
    },
  );

  test.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
  ])('is true for what pg says without a code: %s', (message) => {
    expect(isUnavailable(new Error(message))).toBe(true);
  });

  test('looks into what Prisma wraps', () => {
    expect(isUnavailable(wrappedByPrisma('P2010', { originalCode: '57P01' }))).toBe(true);
    expect(isUnavailable(wrappedByPrisma('P2010', { kind: 'ConnectionClosed' }))).toBe(true);
    expect(isUnavailable(wrappedByPrisma('P2010', { originalCode: '22P02' }))).toBe(false);
  });

  test('looks into the first of several attempts to connect', () => {
    expect(isUnavailable(new AggregateError([withCode('ECONNREFUSED')]))).toBe(true);
  });

  test.each([undefined, null, 'ECONNREFUSED', 7])('is false for %p', (value) => {
    expect(isUnavailable(value)).toBe(false);
  });

  test('ends on an error that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(isUnavailable(error)).toBe(false);
  });
});

test('tells violations, missing rows and statement time-outs apart', () => {
  expect(isUniqueViolation(withCode('23505'))).toBe(true);
  expect(isUniqueViolation(withCode('P2002'))).toBe(true);
  expect(isUniqueViolation(withCode('23503'))).toBe(false);
  expect(isForeignKeyViolation(withCode('P2003'))).toBe(true);
  expect(isRowMissing(withCode('P2025'))).toBe(true);
  expect(isStatementTimeout(withCode('57014'))).toBe(true);
  expect(isStatementTimeout(withCode('57P01'))).toBe(false);
});

describe('toDatabaseError', () => {
  test('turns an outage into service.unavailable with a time to come back', () => {
    const cause = withCode('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432');
    const error = toDatabaseError(cause);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'service.unavailable', retryAfterSeconds: 2, cause });
    expect((error as AppError).message).not.toContain('10.0.0.1');
  });

  test('turns a statement that took too long into service.overloaded', () => {
    const cause = withCode('57014', 'canceling statement due to statement timeout');
    expect(toDatabaseError(cause)).toMatchObject({
      code: 'service.overloaded',
      retryAfterSeconds: 5,
      cause,
    });
  });

  test('leaves other errors alone', () => {
    const error = withCode('23505');
    expect(toDatabaseError(error)).toBe(error);
  });
});
