import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { SERVICE_NODE_ARGS, STANDALONE_NODE_ARGS } from './heap-limits.js';

const fileOf = (path: string): string =>
  readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

test('the image sets the same limits', () => {
  const [, options] = /^ENV NODE_OPTIONS="(.*)"$/m.exec(fileOf('deploy/Dockerfile')) ?? [];
  expect(options).toBe(SERVICE_NODE_ARGS.join(' '));
});

test('npm start sets the same limit', () => {
  const { scripts } = JSON.parse(fileOf('package.json')) as { scripts: { start: string } };
  expect(scripts.start).toBe(`exec node ${STANDALONE_NODE_ARGS.join(' ')} scripts/start.mjs`);
});
