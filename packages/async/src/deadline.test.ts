import { expect, test } from '@jest/globals';
import { withDeadline } from './deadline.js';

const never = new Promise<string>(() => undefined);

test('returns what the work returns, and what it throws', async () => {
  await expect(withDeadline(Promise.resolve('done'), 1_000, () => 'late')).resolves.toBe('done');
  await expect(
    withDeadline(Promise.reject(new Error('broken')), 1_000, () => 'late'),
  ).rejects.toThrow('broken');
});

test('returns what onLate returns when the time is over', async () => {
  await expect(withDeadline(never, 1, () => 'late')).resolves.toBe('late');
});

test('throws what onLate throws', async () => {
  const tooLate = () => {
    throw new Error('too late');
  };
  await expect(withDeadline(never, 1, tooLate)).rejects.toThrow('too late');
});
