import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { copyText } from './copy-text.js';

describe('copyText', () => {
  test.each(['', 'short', 'https://example.com/a/longer/one', 'bücher.example 例え 😀 and more'])(
    'keeps %j as it is',
    (text) => {
      expect(copyText(text)).toBe(text);
    },
  );

  test('keeps a part of a text without the whole', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const before = process.memoryUsage().heapUsed;
    const parts = Array.from({ length: 64 }, (_, index) =>
      copyText(`${index}`.padEnd(1_048_576, 'x').slice(0, 100)),
    );
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 1_048_576);
    expect(parts).toHaveLength(64);
  });
});
