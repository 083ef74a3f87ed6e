import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  fingerprintLists,
  loadLists,
  MAX_LIST_BYTES,
  MAX_THREAT_LIST_ENTRIES,
  MAX_LIST_FILES,
} from '../src/providers/threat-lists/load-lists.js';

let directory: string;
let warnings: { event: string; fields: Record<string, unknown> | undefined }[];
const log = {
  info: () => undefined,
  warn: (event: string, fields?: Record<string, unknown>) => warnings.push({ event, fields }),
};
const write = async (name: string, text: string) => await writeFile(join(directory, name), text);

beforeEach(async () => {
  warnings = [];
  directory = await mkdtemp(join(tmpdir(), 'calseta-lists-'));
  await mkdir(join(directory, 'allow'));
  await mkdir(join(directory, 'deny'));
});
afterEach(async () => await rm(directory, { recursive: true }));

describe('loadLists', () => {
  test('reads every format, in the form in which indicators are stored', async () => {
    await write('deny/a.txt', 'BAD[.]example.com.\n2001:0db8:0:0:0:0:0:1\n');
    await write('deny/b.csv', 'value,type,reason\nJSmith@Example.com,email,phished\n');
    await write('allow/c.json', '["https://Share.Example.com/x"]');
    await write('deny/notes.md', 'not a list');
    const index = await loadLists([directory], log);
    expect(warnings).toEqual([]);
    expect(index.size).toBe(4);
    expect(index.find('domain', 'bad.example.com')).toHaveLength(1);
    expect(index.find('ip', '2001:db8::1')).toHaveLength(1);
    expect(index.find('email', 'jsmith@example.com')).toMatchObject([
      { list: 'b', reason: 'phished' },
    ]);
    expect(index.find('url', 'https://share.example.com/x')).toMatchObject([{ verdict: 'allow' }]);
  });

  test('finds nothing where there is no such directory', async () => {
    expect((await loadLists([join(directory, 'missing')], log)).size).toBe(0);
  });

  test('reports lines that it cannot read, and keeps the others', async () => {
    await write('deny/a.txt', 'bad.example.com\ntwo words\n');
    expect((await loadLists([directory], log)).size).toBe(1);
    expect(warnings).toMatchObject([
      {
        event: 'threat_lists.bad_entries',
        fields: { count: 1, problems: [expect.stringContaining('line 2')] },
      },
    ]);
  });

  test('leaves out a file that is too large', async () => {
    const line = 'bad.example.com\n';
    await write('deny/fits.txt', line.padEnd(MAX_LIST_BYTES, '\n'));
    await write('deny/large.txt', line.padEnd(MAX_LIST_BYTES + 1, '\n'));
    expect((await loadLists([directory], log)).size).toBe(1);
    expect(warnings.map(({ event }) => event)).toEqual(['threat_lists.too_large']);
  });

  test('stops at the largest number of entries', async () => {
    const lines = Array.from(
      { length: MAX_THREAT_LIST_ENTRIES + 1 },
      (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    );
    await write('deny/many.txt', lines.join('\n'));
    expect((await loadLists([directory], log)).size).toBe(MAX_THREAT_LIST_ENTRIES);
    expect(warnings.map(({ event }) => event)).toEqual(['threat_lists.too_many_entries']);
  });

  test('stops at the largest number of files', async () => {
    for (let index = 0; index < MAX_LIST_FILES; index++)
      await write(`deny/${index}.txt`, '198.51.100.7\n');
    expect((await loadLists([directory], log)).size).toBe(MAX_LIST_FILES);
    expect(warnings).toEqual([]);
    await write('deny/more.txt', '198.51.100.7\n');
    expect((await loadLists([directory], log)).size).toBe(MAX_LIST_FILES);
    expect(warnings.map(({ event }) => event)).toEqual(['threat_lists.too_many_files']);
  });
});

describe('fingerprintLists', () => {
  test('changes when a list is written, added or removed', async () => {
    const prints = [await fingerprintLists([directory])];
    await write('deny/a.txt', 'bad.example.com\n');
    prints.push(await fingerprintLists([directory]));
    await write('deny/a.txt', 'worse.example.com\n');
    prints.push(await fingerprintLists([directory]));
    await write('allow/b.txt', 'good.example.com\n');
    prints.push(await fingerprintLists([directory]));
    expect(new Set(prints).size).toBe(4);
    await rm(join(directory, 'allow/b.txt'));
    expect(await fingerprintLists([directory])).toBe(prints[2]);
  });
});
