import { describe, expect, test } from '@jest/globals';
import { createLargeReads, MAX_BYTES_READ_AT_ONCE } from './large-reads.js';

function aRead() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const state = { isBegun: false, end };
  const read = async (): Promise<void> => {
    state.isBegun = true;
    await ended;
  };
  return { state, read };
}

describe('large reads', () => {
  test('wait while others hold as many bytes as may be read at once, and are shown', async () => {
    const shown = new Map<string, () => number>();
    const readLarge = createLargeReads({ watch: (name, _, read) => shown.set(name, read) });
    const waiting = () => shown.get('calseta_large_reads_waiting')?.();
    const [first, second, third] = [aRead(), aRead(), aRead()];
    const half = MAX_BYTES_READ_AT_ONCE / 2;
    const runs = [
      readLarge(half, first.read),
      readLarge(half, second.read),
      readLarge(1, third.read),
    ];
    await Promise.resolve();
    expect([first, second, third].map(({ state }) => state.isBegun)).toEqual([true, true, false]);
    expect(waiting()).toBe(1);
    for (const { state } of [first, second, third]) state.end();
    await Promise.all(runs);
    expect(third.state.isBegun).toBe(true);
    expect(waiting()).toBe(0);
  });

  test('of more bytes than may be read at once go one after the other, and nothing else waits for them', async () => {
    const readLarge = createLargeReads();
    const [first, second, third] = [aRead(), aRead(), aRead()];
    const more = MAX_BYTES_READ_AT_ONCE + 1;
    const runs = [
      readLarge(more, first.read),
      readLarge(more, second.read),
      readLarge(MAX_BYTES_READ_AT_ONCE, third.read),
    ];
    await Promise.resolve();
    expect([first, second, third].map(({ state }) => state.isBegun)).toEqual([true, false, true]);
    for (const { state } of [first, second, third]) state.end();
    await Promise.all(runs);
    expect(second.state.isBegun).toBe(true);
  });
});
