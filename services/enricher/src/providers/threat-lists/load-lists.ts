import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { runInTurns } from '@calseta/async';
import { readThreatList, type ListFormat } from '@calseta/indicators';
import { type Logger } from '@calseta/platform';
import {
  indexThreatLists,
  type ListVerdict,
  type ThreatList,
  type ThreatListIndex,
} from './threat-list-index.js';

export const MAX_LIST_FILES = 100;
export const MAX_LIST_BYTES = 10 * 1024 * 1024;
/** Entries of all lists together. */
export const MAX_THREAT_LIST_ENTRIES = 200_000;

const MAX_PROBLEMS_NAMED = 5;

type ListFile = {
  path: string;
  verdict: ListVerdict;
  /** Undefined: the content tells it. */
  format: ListFormat | undefined;
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
  let room = MAX_THREAT_LIST_ENTRIES;
  const files = await findFiles(directories);
  if (files.length > MAX_LIST_FILES)
    log.warn('threat_lists.too_many_files', { max: MAX_LIST_FILES });
  for (const file of files.slice(0, MAX_LIST_FILES)) {
    if (file.bytes > MAX_LIST_BYTES) {
      log.warn('threat_lists.too_large', { path: file.path, max_bytes: MAX_LIST_BYTES });
      continue;
    }
    const text = await readFile(file.path, 'utf8');
    const { entries, problems } = await runInTurns(readThreatList(text, file.format));
    if (problems.length > 0) {
      const named = problems.slice(0, MAX_PROBLEMS_NAMED);
      log.warn('threat_lists.bad_entries', {
        path: file.path,
        count: problems.length,
        problems: named.map(({ place, message }) => `${place} ${message}`.trim()),
      });
    }
    if (entries.length > room)
      log.warn('threat_lists.too_many_entries', { path: file.path, max: MAX_THREAT_LIST_ENTRIES });
    const name = basename(file.path, extname(file.path));
    lists.push({ name, verdict: file.verdict, entries: entries.slice(0, room) });
    room = Math.max(0, room - entries.length);
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
        const extension = extname(name);
        if (!Object.hasOwn(FORMATS, extension) || files.length > MAX_LIST_FILES) continue;
        const path = join(folder, name);
        const { size, mtimeMs } = await stat(path);
        files.push({ path, verdict, format: FORMATS[extension], bytes: size, mtimeMs });
      }
    }
  return files;
}

/** JSON may be an array, a STIX bundle, a MISP warning list or the catalogue of CISA. */
const FORMATS: Record<string, ListFormat | undefined> = {
  '.txt': 'text',
  '.csv': 'csv',
  '.json': undefined,
};

/** Empty for a missing folder. */
async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}
