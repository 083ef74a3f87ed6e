import { describe, expect, test } from '@jest/globals';
import { assertLoopback } from './assert-loopback.js';

describe('assertLoopback', () => {
  test.each(['127.0.0.1', '127.66.1.2', '::1', '[::1]', 'localhost'])('takes %s', (host) => {
    expect(() => assertLoopback(host)).not.toThrow();
  });

  test.each(['10.0.0.1', '0.0.0.0', '::', '127.0.0.1.example.com', '127.1', 'example.com', ''])(
    'refuses %j',
    (host) => {
      expect(() => assertLoopback(host)).toThrow('not loopback');
    },
  );
});
