import { describe, expect, test } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  test('returns what the assertion returns once it passes', async () => {
    let calls = 0;
    const value = await eventually(
      () => {
        calls += 1;
        expect(calls).toBe(3);
        return 'done';
      },
      { intervalMs: 1 },
    );
    expect(value).toBe('done');
  });

  test('fails with the last error when the time is over', async () => {
    let calls = 0;
    const attempt = eventually(
      () => {
        calls += 1;
        throw new Error(`attempt ${calls > 1 ? 'again' : 'once'}`);
      },
      { timeoutMs: 10, intervalMs: 1 },
    );
    await expect(attempt).rejects.toThrow('attempt again');
  });
});
