import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES, FAILURE_CODES } from '@calseta/common';
import { ERROR_STATUS } from '@calseta/platform';

describe('docs/errors.md', () => {
  const page = new URL('../../../docs/errors.md', import.meta.url);

  test('lists every code with its status and meaning, and no other', async () => {
    const text = await readFile(page, 'utf8');
    const rows = [...text.matchAll(/^\| `([\w.]+)`\s*\| (\d{3})\s*\| ([^|]*)\|/gm)];
    expect(
      rows.map(([, code, status, meaning]) => [code, Number(status), meaning?.trim()]),
    ).toEqual(
      Object.entries(ERROR_CODES).map(([code, meaning]) => [
        code,
        ERROR_STATUS[code as keyof typeof ERROR_STATUS],
        meaning,
      ]),
    );
  });

  test('lists every further code of alerts with its meaning, and no other', async () => {
    const text = await readFile(page, 'utf8');
    const rows = [...text.matchAll(/^\| `([\w.]+)`\s*\| (?!\d{3}\s*\|)([^|]*)\|/gm)];
    expect(rows.map(([, code, meaning]) => [code, meaning?.trim()])).toEqual(
      Object.entries(FAILURE_CODES),
    );
  });
});
