import { describe, expect, test } from '@jest/globals';
import { AppError, PermanentError } from './errors.js';

const FRAME = '\n    at ';

describe('AppError', () => {
  test('has the stack of a defect, and of nothing else', () => {
    const limit = Error.stackTraceLimit;
    expect(new AppError('internal.error', 'ours').stack).toContain(FRAME);
    expect(new AppError('request.malformed', 'theirs').stack).not.toContain(FRAME);
    expect(new PermanentError('message.invalid', 'theirs').stack).not.toContain(FRAME);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
