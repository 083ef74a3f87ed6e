import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { SCOPES } from '@calseta/common';

describe('docs/security.md', () => {
  test('lists every scope, and no other', async () => {
    const text = await readFile(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z:]+)`/gm)];
    expect(rows.map(([, scope]) => scope)).toEqual(SCOPES);
  });
});
