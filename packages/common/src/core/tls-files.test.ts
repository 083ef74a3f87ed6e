import { expect, test } from '@jest/globals';
import { readTlsFiles } from './tls-files.js';

const read = (path: string): string => {
  if (path === 'missing') throw new Error('ENOENT: no such file');
  return path;
};

test('no path is no TLS of one’s own', () => {
  expect(readTlsFiles('AMQP', {}, read)).toBeUndefined();
});

test.each([
  [{ cert: 'a' }, 'AMQP_CERT_FILE and AMQP_KEY_FILE belong together.'],
  [{ ca: 'missing' }, 'AMQP_CA_FILE cannot be used: ENOENT: no such file'],
  [{ ca: 'hunter2' }, 'AMQP_CA_FILE cannot be used: it holds no certificate'],
  [{ cert: 'hunter2', key: 'hunter2' }, /^AMQP_CERT_FILE cannot be used: (?!.*hunter2)/],
])('of %j the variable is named', (paths, message) => {
  expect(() => readTlsFiles('AMQP', paths, read)).toThrow(message);
});
