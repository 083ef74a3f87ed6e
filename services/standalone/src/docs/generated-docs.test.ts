import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { generatedDocs } from './generated-docs.js';

const read = (path: string) =>
  readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

describe('the documents of the configuration', () => {
  // After a change of a schema: npm run docs
  test.each(generatedDocs)('$path says what the schemas say', ({ path, render }) => {
    const current = read(path);
    expect(current).toBe(render(current));
  });
});
