import { describe, expect, test } from '@jest/globals';
import { createBreaker } from './breaker.js';

const POLICY = { failureThreshold: 3, minOpenMs: 100, maxOpenMs: 350 };

function setUp() {
  let time = 1_000;
  const breaker = createBreaker(POLICY, () => time);
  return {
    breaker,
    capacity: () => breaker.capacity(8),
    wait: (ms: number) => (time += ms),
    fail: (times: number) => {
      for (let n = 0; n < times; n++) breaker.failed();
    },
  };
}

describe('createBreaker', () => {
  test('stays closed until the threshold', () => {
    const { fail, capacity } = setUp();
    fail(2);
    expect(capacity()).toBe(8);
    fail(1);
    expect(capacity()).toBe(0);
  });

  test('says how long it waits for its next probe, and nothing while it is closed', () => {
    const { breaker, fail, wait } = setUp();
    expect(breaker.waitMs()).toBeUndefined();
    fail(3);
    expect(breaker.waitMs()).toBe(100);
    wait(130);
    expect(breaker.waitMs()).toBe(0);
    breaker.succeeded();
    expect(breaker.waitMs()).toBeUndefined();
  });

  test('a success in between starts the count again', () => {
    const { breaker, fail, capacity } = setUp();
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(capacity()).toBe(8);
  });

  test('lets one probe through after the wait, and opens again for twice as long, up to a limit', () => {
    const { fail, capacity, wait } = setUp();
    fail(3);
    for (const openMs of [100, 200, 350, 350]) {
      wait(openMs - 1);
      expect(capacity()).toBe(0);
      wait(1);
      expect(capacity()).toBe(1);
      fail(1);
    }
  });

  test('a probe that succeeds closes it for good', () => {
    const { breaker, fail, capacity, wait } = setUp();
    fail(3);
    wait(100);
    breaker.succeeded();
    expect(capacity()).toBe(8);
    fail(3);
    wait(100);
    expect(capacity()).toBe(1);
  });

  test('failures of attempts under way do not lengthen the wait', () => {
    const { fail, capacity, wait } = setUp();
    fail(8);
    wait(100);
    expect(capacity()).toBe(1);
  });

  test('a probe that fails after a pause opens it again', () => {
    const { breaker, fail, capacity, wait } = setUp();
    breaker.pause(50);
    wait(50);
    fail(1);
    expect(capacity()).toBe(0);
  });

  test('pauses on request, never longer than its limit', () => {
    const { breaker, capacity, wait } = setUp();
    breaker.pause(50);
    expect(capacity()).toBe(0);
    wait(50);
    expect(capacity()).toBe(1);
    breaker.pause(60_000);
    wait(349);
    expect(capacity()).toBe(0);
    wait(1);
    expect(capacity()).toBe(1);
  });
});
