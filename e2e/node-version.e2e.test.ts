import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';

const url = new URL('../scripts/node-version.mjs', import.meta.url);
const { isInRange } = (await import(url.href)) as {
  isInRange: (version: string, range: string) => boolean;
};

const require = createRequire(import.meta.url);
const rangeOf = (path: string) =>
  (JSON.parse(readFileSync(path, 'utf8')) as { engines: { node: string } }).engines.node;
const ours = rangeOf(require.resolve('../package.json'));
const TOOLS = ['eslint', 'prettier', 'prisma', 'typescript-eslint'];

describe('the versions of Node that package.json allows', () => {
  test.each(['20.19.0', '20.20.2', '22.13.0', '24.0.0', '25.1.0'])('%s is one', (version) => {
    expect(isInRange(version, ours)).toBe(true);
    for (const tool of TOOLS) {
      const range = rangeOf(require.resolve(`../node_modules/${tool}/package.json`));
      expect([tool, isInRange(version, range)]).toEqual([tool, true]);
    }
  });

  test.each(['18.20.0', '20.18.3', '21.7.3', '22.12.0', '23.11.0'])('%s is none', (version) => {
    expect(isInRange(version, ours)).toBe(false);
  });
});
