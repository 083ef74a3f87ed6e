import {
  AppError,
  type CreateThreatList,
  MAX_THREAT_LIST_ENTRIES,
  type PageQuery,
  type ReplaceThreatListContent,
  type UpdateThreatList,
} from '@calseta/common';
import { runInTurns } from '@calseta/async';
import { type ThreatListContent, type ThreatListStore } from '@calseta/database';
import { readThreatList } from '@calseta/indicators';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type ThreatListDeps = { threatLists: ThreatListStore };

export type ThreatListOperations = ReturnType<typeof threatListOperations>;

const NOUN = 'threat list';

/** Threat lists: values that are known to be bad, or known to be good. */
export const threatListOperations = ({ threatLists }: ThreatListDeps) => {
  const access = { scope: 'config:write' } as const;
  const reading = { scope: 'alerts:read' } as const;
  return {
    list: operation(
      reading,
      async (query: PageQuery) => await threatLists.list(toPageRequest(query)),
    ),
    get: operation(reading, async ({ uuid }: ByUuid) => found(NOUN, await threatLists.get(uuid))),
    listEntries: operation(reading, async ({ uuid, ...query }: ByUuid & PageQuery) =>
      found(NOUN, await threatLists.listEntries(uuid, toPageRequest(query))),
    ),
    create: operation(access, async (input: CreateThreatList) => {
      const { name, description, verdict, is_active } = input;
      const content = await readContent(input);
      return await threatLists.create({ name, description, verdict, is_active, ...content });
    }),
    update: operation(access, async ({ uuid, changes }: ByUuid & { changes: UpdateThreatList }) =>
      found(NOUN, await threatLists.update(uuid, changes)),
    ),
    replace: operation(access, async ({ uuid, ...input }: ByUuid & ReplaceThreatListContent) =>
      found(NOUN, await threatLists.replace(uuid, await readContent(input))),
    ),
    remove: operation(access, async ({ uuid }: ByUuid) => {
      found(NOUN, (await threatLists.remove(uuid)) || undefined);
    }),
  };
};

/** Reads a content; what cannot be read refuses it, unless it is to be left out. */
async function readContent({
  content,
  format,
  skip_invalid: skipInvalid,
}: ReplaceThreatListContent): Promise<ThreatListContent> {
  const read = await runInTurns(readThreatList(content, format));
  const issues = read.problems.map(({ place, message }) => ({
    pointer: place.startsWith('/') ? `/content${place}` : '/content',
    message: place.startsWith('/') || place === '' ? message : `${place} ${message}`,
  }));
  if (read.entries.length === 0 && issues.length === 0)
    issues.push({ pointer: '/content', message: 'holds no entries' });
  if (issues.length > 0 && (!skipInvalid || read.entries.length === 0))
    throw new AppError('request.invalid', `${issues.length} entries cannot be read.`, { issues });
  if (read.entries.length > MAX_THREAT_LIST_ENTRIES)
    throw new AppError(
      'request.too_large',
      `A threat list holds at most ${MAX_THREAT_LIST_ENTRIES} entries.`,
    );
  return { format: read.format, entries: read.entries, skippedCount: issues.length };
}
