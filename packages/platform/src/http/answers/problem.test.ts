import { describe, expect, test } from '@jest/globals';
import { AppError, ERROR_CODES, type ErrorCode, problemSchema } from '@calseta/common';
import { requireMatch } from '../routes/etag.js';
import { toProblem } from './problem.js';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('toProblem', () => {
  test.each(codes)('makes a valid problem of %s, and a 5xx tells nothing of the inside', (code) => {
    const { status, body } = toProblem(
      new AppError(code, 'hunter2', { issues: [{ pointer: '/a', message: 'hunter2' }] }),
      'a'.repeat(32),
    );
    expect(problemSchema.parse(body)).toMatchObject({ status, code, trace_id: 'a'.repeat(32) });
    if (status >= 500) expect(JSON.stringify(body)).not.toContain('hunter2');
    else expect(body.detail).toBe('hunter2');
  });

  test('takes anything unknown for a defect', () => {
    for (const error of [new Error('hunter2'), 'hunter2', undefined, { status: 404 }]) {
      const { status, body } = toProblem(error);
      expect([status, body.code, body.detail]).toEqual([
        500,
        'internal.error',
        ERROR_CODES['internal.error'],
      ]);
    }
  });

  test('429 and 503 always say when to come back, in whole seconds', () => {
    const wait = (code: ErrorCode, retryAfterSeconds?: number) =>
      toProblem(
        new AppError(code, '', retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ).headers['Retry-After'];
    expect(wait('service.overloaded')).toBe('1');
    expect(wait('request.rate_limited', 2.1)).toBe('3');
    expect(wait('resource.not_found')).toBeUndefined();
  });

  test('lists at most 100 complaints', () => {
    const issues = Array.from({ length: 101 }, () => ({ pointer: '', message: '' }));
    expect(toProblem(new AppError('request.invalid', '', { issues })).body.errors).toHaveLength(
      100,
    );
  });
});

describe('requireMatch', () => {
  // A gateway that compresses an answer makes its tag a weak one.
  test.each([undefined, '*', '"2"', '"1" , "2"', 'W/"2"'])('lets If-Match %j pass', (ifMatch) => {
    expect(() => requireMatch(ifMatch, '"2"')).not.toThrow();
  });

  test.each(['"1"', '2', 'W/"1"', ''])('refuses If-Match %j', (ifMatch) => {
    expect(() => requireMatch(ifMatch, '"2"')).toThrow(
      expect.objectContaining({ code: 'resource.precondition_failed' }),
    );
  });
});
