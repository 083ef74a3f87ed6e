import { describe, expect, test } from '@jest/globals';
import { createVersioned } from './versioned.js';

function setUp() {
  const state = { version: 1n, loads: 0, isAway: false };
  const versioned = createVersioned({
    readVersion: async () => {
      await Promise.resolve();
      if (state.isAway) throw new Error('away');
      return state.version;
    },
    load: async () => {
      state.loads += 1;
      const value = `value of ${state.version}`;
      await Promise.resolve();
      return value;
    },
  });
  return { state, versioned };
}

describe('createVersioned', () => {
  test('loads once for all who ask, and again only for a newer version', async () => {
    const { state, versioned } = setUp();
    await Promise.all([versioned.at(1n), versioned.at(1n), versioned.at(0n)]);
    expect(state.loads).toBe(1);
    state.version = 3n;
    expect(await versioned.at(1n)).toBe('value of 1');
    expect(await versioned.at(2n)).toBe('value of 3');
    expect(await versioned.at(3n)).toBe('value of 3');
    expect(state.loads).toBe(2);
  });

  test('does not take a load that began too early for the answer', async () => {
    const { state, versioned } = setUp();
    const early = versioned.at(1n);
    await Promise.resolve();
    await Promise.resolve();
    state.version = 2n;
    expect(await versioned.at(2n)).toBe('value of 2');
    await early;
  });

  test('serves what it has while nothing newer can be read', async () => {
    const { state, versioned } = setUp();
    await versioned.at(1n);
    state.isAway = true;
    expect(await versioned.at(1n)).toBe('value of 1');
    await expect(versioned.at(2n)).rejects.toThrow('away');
    state.isAway = false;
    state.version = 2n;
    expect(await versioned.at(2n)).toBe('value of 2');
  });
});
