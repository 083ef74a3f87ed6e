import { describe, expect, test } from '@jest/globals';
import { createReloading } from './reloading.js';

const settled = async () => await new Promise((resolve) => setImmediate(resolve));

function aReloading({ checkIntervalMs = 0, waitsForCheck = false } = {}) {
  const file = { version: 1, isBroken: false };
  const errors: unknown[] = [];
  const loads: number[] = [];
  const reloading = createReloading({
    fingerprint: async () => String(file.version),
    load: async () => {
      if (file.isBroken) throw new Error('broken');
      loads.push(file.version);
      return `content ${file.version}`;
    },
    checkIntervalMs,
    waitsForCheck,
    onError: (error) => errors.push(error),
  });
  return { file, errors, loads, reloading };
}

describe('createReloading', () => {
  test('loads once for many callers, and again after a change', async () => {
    const { file, loads, reloading } = aReloading();
    await Promise.all([reloading.get(), reloading.get(), reloading.get()]);
    expect(loads).toEqual([1]);
    file.version = 2;
    await reloading.get();
    await settled();
    expect(await reloading.get()).toBe('content 2');
    expect(loads).toEqual([1, 2]);
  });

  test('lets callers wait for a look that is due, if told to', async () => {
    const { file, reloading } = aReloading({ waitsForCheck: true });
    await reloading.get();
    file.version = 2;
    expect(await reloading.get()).toBe('content 2');
  });

  test('looks for changes no more often than told', async () => {
    const { file, loads, reloading } = aReloading({ checkIntervalMs: 60_000 });
    await reloading.get();
    file.version = 2;
    await reloading.get();
    await settled();
    expect(await reloading.get()).toBe('content 1');
    expect(loads).toEqual([1]);
  });

  test('serves the last good content while the new one cannot be read', async () => {
    const { file, errors, reloading } = aReloading();
    await reloading.get();
    Object.assign(file, { version: 2, isBroken: true });
    await reloading.get();
    await settled();
    expect(await reloading.get()).toBe('content 1');
    expect(errors.length).toBeGreaterThan(0);
  });

  test('fails when there never was any', async () => {
    const { file, reloading } = aReloading();
    file.isBroken = true;
    await expect(reloading.get()).rejects.toThrow('could not be read');
  });
});
