import { describe, expect, test } from '@jest/globals';
import { createPayloads } from './payloads.js';

function setUp(maxBytes = 100) {
  const written: string[] = [];
  const payloads = createPayloads({
    render: async ({ alertId }) => {
      written.push(alertId);
      await Promise.resolve();
      return alertId === 'gone' ? undefined : `body of ${alertId}`;
    },
    maxBytes,
    maxAgeMs: 60_000,
  });
  return { payloads, written };
}

const alert = (alertId: string, revision = 1) => ({ alertId, revision });

describe('createPayloads', () => {
  test('hands out what was put, without writing it again', async () => {
    const { payloads, written } = setUp();
    payloads.put(alert('a'), 'put');
    expect(await payloads.get(alert('a'))).toEqual(Buffer.from('put'));
    expect(written).toEqual([]);
  });

  test('writes a body once for all who ask at the same time, and keeps it', async () => {
    const { payloads, written } = setUp();
    const bodies = await Promise.all([1, 2, 3].map(async () => await payloads.get(alert('a'))));
    expect(bodies).toEqual(Array(3).fill(Buffer.from('body of a')));
    await payloads.get(alert('a'));
    expect(written).toEqual(['a']);
  });

  test('writes anew for another revision', async () => {
    const { payloads, written } = setUp();
    await payloads.get(alert('a', 1));
    await payloads.get(alert('a', 2));
    expect(written).toEqual(['a', 'a']);
  });

  test('drops the oldest beyond its bound, and never keeps one that exceeds it', async () => {
    const { payloads, written } = setUp(20);
    payloads.put(alert('a'), 'x'.repeat(15));
    payloads.put(alert('b'), 'x'.repeat(15));
    expect(await payloads.get(alert('b'))).toHaveLength(15);
    payloads.put(alert('c'), 'x'.repeat(21));
    await payloads.get(alert('a'));
    await payloads.get(alert('c'));
    expect(written).toEqual(['a', 'c']);
  });

  test('counts bytes, of which a character may have several', async () => {
    const { payloads, written } = setUp(20);
    payloads.put(alert('a'), '世'.repeat(6));
    payloads.put(alert('b'), '世'.repeat(7));
    await payloads.get(alert('a'));
    await payloads.get(alert('b'));
    expect(written).toEqual(['b']);
  });

  test('says that an alert is gone', async () => {
    expect(await setUp().payloads.get(alert('gone'))).toBeUndefined();
  });
});
