import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { runInTurns } from '@calseta/async';
import { type SlicedWork } from '@calseta/common';
import { canonicalize } from '@calseta/indicators';
import { type Logger } from '@calseta/platform';
import { type ListEntry, type ListFormat, parseThreatList } from './parse-threat-list.js';
import {
  indexThreatLists,
  type ListVerdict,
  type ThreatList,
  type ThreatListIndex,
} from './threat-list-index.js';

export const MAX_LIST_FILES = 100;
export const MAX_LIST_BYTES = 10 * 1024 * 1024;
/** Entries of all lists together. */
export const MAX_LIST_ENTRIES = 200_000;

const MAX_BAD_LINES_NAMED = 5;

type ListFile = {
  path: string;
  verdict: ListVerdict;
  format: ListFormat;
  bytes: number;
  mtimeMs: number;
};

/** Changes when a list is added, removed or written to. */
export async function fingerprintLists(directories: readonly string[]): Promise<string> {
  const files = await findFiles(directories);
  return files.map(({ path, bytes, mtimeMs }) => `${path} ${bytes} ${mtimeMs}`).join('\n');
}

/** Reads `<directory>/{allow,deny}/*.{txt,csv,json}`; unreadable entries are skipped and logged. */
export async function loadLists(
  directories: readonly string[],
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<ThreatListIndex> {
  const lists: ThreatList[] = [];
  let room = MAX_LIST_ENTRIES;
  const files = await findFiles(directories);
  if (files.length > MAX_LIST_FILES)
    log.warn('threat_lists.too_many_files', { max: MAX_LIST_FILES });
  for (const file of files.slice(0, MAX_LIST_FILES)) {
    if (file.bytes > MAX_LIST_BYTES) {
      log.warn('threat_lists.too_large', { path: file.path, max_bytes: MAX_LIST_BYTES });
      continue;
    }
    const { entries, badLines } = parseThreatList(await readFile(file.path, 'utf8'), file.format);
    const canonical = await runInTurns(canonicalizeAll(entries));
    const unreadable = badLines.length + entries.length - canonical.length;
    if (unreadable > 0) {
      const lines = badLines.slice(0, MAX_BAD_LINES_NAMED);
      log.warn('threat_lists.bad_lines', { path: file.path, count: unreadable, lines });
    }
    if (canonical.length > room)
      log.warn('threat_lists.too_many_entries', { path: file.path, max: MAX_LIST_ENTRIES });
    const name = basename(file.path, extname(file.path));
    lists.push({ name, verdict: file.verdict, entries: canonical.slice(0, room) });
    room = Math.max(0, room - canonical.length);
  }
  const index = indexThreatLists(lists);
  log.info('threat_lists.loaded', { lists: lists.length, entries: index.size });
  return index;
}

/** At most one more than the limit, so that an excess is noticed. */
async function findFiles(directories: readonly string[]): Promise<ListFile[]> {
  const files: ListFile[] = [];
  for (const directory of directories)
    for (const verdict of ['allow', 'deny'] as const) {
      const folder = join(directory, verdict);
      for (const name of (await listNames(folder)).sort()) {
        const format = FORMATS[extname(name)];
        if (!format || files.length > MAX_LIST_FILES) continue;
        const path = join(folder, name);
        const { size, mtimeMs } = await stat(path);
        files.push({ path, verdict, format, bytes: size, mtimeMs });
      }
    }
  return files;
}

const FORMATS: Record<string, ListFormat> = { '.txt': 'txt', '.csv': 'csv', '.json': 'json' };

/** Empty for a missing folder. */
async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}

function* canonicalizeAll(entries: readonly ListEntry[]): SlicedWork<ListEntry[]> {
  const canonical: ListEntry[] = [];
  for (let from = 0; from < entries.length; from += ENTRIES_IN_A_SLICE) {
    yield;
    const chunk = entries.slice(from, from + ENTRIES_IN_A_SLICE);
    canonical.push(...chunk.flatMap((entry) => toCanonical(entry) ?? []));
  }
  return canonical;
}

const ENTRIES_IN_A_SLICE = 1_000;

/** Networks stay unchanged; other entries take the form in which indicators are stored. */
function toCanonical(entry: ListEntry): ListEntry | undefined {
  if (entry.type === 'ip' && entry.value.includes('/')) return entry;
  const value = entry.type === 'domain' ? entry.value.replace(/^\*\./, '') : entry.value;
  const canonical = canonicalize(entry.type, value);
  return canonical.ok ? { ...entry, value: canonical.value } : undefined;
}
