import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lines of source that lint has to refuse; each is the smallest example of its kind. */
const SLOW = {
  'a loop in a loop': 'export const a = /^(a+)+$/;',
  'neighbours that overlap': String.raw`export const c = /^\d+\d*x$/;`,
  'an end that is looked for from everywhere': String.raw`export const d = /\s+$/;`,
  'a pattern in text': String.raw`export const e = new RegExp(['x', '^(a+)+$'].join('|'));`,
  'a pattern that is not known before it runs': 'export const f = (x: string) => new RegExp(x);',
};
const FINE = String.raw`export const g = /(?<!\s)\s+$|^[a-z]{1,8}=\S*$/;`;

type Report = [{ messages: { line: number; ruleId: string; severity: number }[] }];

/** The lines of a text that lint refuses, as if it were a file of a service. */
async function refusedLines(text: string): Promise<number[]> {
  const eslint = fileURLToPath(new URL('../node_modules/eslint/bin/eslint.js', import.meta.url));
  const file = 'services/ingest-api/src/service.ts';
  const args = [eslint, '--stdin', '--stdin-filename', file, '--format', 'json'];
  // In a single run, the parser would read the file from the disk instead.
  const env = { ...process.env, TSESTREE_SINGLE_RUN: 'false' };
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(text);
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  const [{ messages }] = JSON.parse(output) as Report;
  return [...new Set(messages.filter(({ severity }) => severity === 2).map(({ line }) => line))];
}

test('lint refuses every kind of slow pattern, and none that is not', async () => {
  const kinds = Object.keys(SLOW);
  const refused = await refusedLines([...Object.values(SLOW), FINE].join('\n'));
  expect(refused.map((line) => kinds[line - 1])).toEqual(kinds);
}, 300_000);
