import { type AppError } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { createRateLimiter } from './limit-rate.js';

function clocked() {
  let nowMs = 0;
  const limiter = createRateLimiter(() => nowMs);
  const refusal = (source: string, perMinute: number | null): AppError | undefined => {
    try {
      limiter.take(source, perMinute);
      return undefined;
    } catch (error) {
      return error as AppError;
    }
  };
  return { refusal, wait: (ms: number) => (nowMs += ms) };
}

describe('createRateLimiter', () => {
  test('takes a minute’s worth at once, and says when the next one is welcome', () => {
    const { refusal, wait } = clocked();
    for (let sent = 0; sent < 6; sent += 1) expect(refusal('okta', 6)).toBeUndefined();
    expect(refusal('okta', 6)).toMatchObject({
      code: 'request.rate_limited',
      retryAfterSeconds: 10,
    });
    wait(9_999);
    expect(refusal('okta', 6)?.retryAfterSeconds).toBe(1);
    wait(1);
    expect(refusal('okta', 6)).toBeUndefined();
    expect(refusal('okta', 6)).toBeDefined();
  });

  test('saves up no more than a minute’s worth', () => {
    const { refusal, wait } = clocked();
    wait(3_600_000);
    expect(refusal('okta', 1)).toBeUndefined();
    wait(3_600_000);
    expect(refusal('okta', 1)).toBeUndefined();
    expect(refusal('okta', 1)).toBeDefined();
  });

  test('counts each source by itself, and starts anew when its limit changes', () => {
    const { refusal } = clocked();
    expect(refusal('okta', 1)).toBeUndefined();
    expect(refusal('splunk', 1)).toBeUndefined();
    expect(refusal('okta', 1)).toBeDefined();
    expect(refusal('okta', 2)).toBeUndefined();
    expect(refusal('okta', null)).toBeUndefined();
  });
});
