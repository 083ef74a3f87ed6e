import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { renderEnvFile } from './env-file.js';

const text = z.string().describe('Some text.');
const perhaps = z.string().optional().describe('Some text.');
const file = renderEnvFile(
  { reader: { SHARED: text, READ: perhaps }, writer: { SHARED: text, WRITTEN: text } },
  { SHARED: perhaps, ALONE: z.string().default('yes').describe('Some text.') },
);

describe('renderEnvFile', () => {
  test('names each variable once', () => {
    const names = [...file.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['HTTP_PORT', 'SHARED', 'READ', 'WRITTEN', 'ALONE']),
    );
  });

  test('says who reads it', () => {
    expect(file).toContain('# --- every service ---\n\n# Some text.\nSHARED=\n');
    expect(file).toContain('# --- reader ---\n\n# Some text.\n# READ=\n');
    expect(file).toContain('# --- npm start ---\n\n# Some text.\n# ALONE=yes\n');
  });
});
