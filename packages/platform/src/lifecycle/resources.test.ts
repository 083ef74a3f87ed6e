import { describe, expect, test } from '@jest/globals';
import { Resources } from './resources.js';

describe('Resources', () => {
  const closing = (names: string[], name: string, error?: Error) => ({
    [Symbol.asyncDispose]: async () => {
      names.push(name);
      await (error ? Promise.reject(error) : Promise.resolve());
    },
  });

  test('closes in reverse order, each one once', async () => {
    const closed: string[] = [];
    const resources = new Resources();
    for (const name of ['a', 'b', 'c']) resources.use(closing(closed, name));
    await resources[Symbol.asyncDispose]();
    await resources[Symbol.asyncDispose]();
    expect(closed).toEqual(['c', 'b', 'a']);
  });

  test('goes on after a failure and then reports it', async () => {
    const closed: string[] = [];
    const resources = new Resources();
    resources.use(closing(closed, 'a'));
    resources.use(closing(closed, 'b', new Error('stuck')));
    await expect(resources[Symbol.asyncDispose]()).rejects.toThrow(AggregateError);
    expect(closed).toEqual(['b', 'a']);
  });
});
