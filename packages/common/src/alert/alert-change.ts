import { z } from 'zod';

/** What an update may change of an alert; all but `source_status` make a new revision. */
export const CHANGED_FIELDS = [
  'severity',
  'malice',
  'title',
  'description',
  'tags',
  'hosts',
  'users',
  'indicators',
  'source_status',
] as const;

/** One field that an update changed. Of a list, `from` is empty and `to` holds what was added. */
export const alertChangeSchema = z
  .object({
    field: z.enum(CHANGED_FIELDS),
    from: z.unknown().describe('null: there was none; of a list, which only grows, `[]`'),
    to: z.unknown().describe('Of a list: what was added'),
    omitted_count: z.int().optional().describe('Added entries that are not listed here'),
  })
  .meta({ id: 'AlertChange' });
export type AlertChange = z.infer<typeof alertChangeSchema>;

/** Entries of a list that one change names; the alert has all of them. */
export const MAX_LISTED_CHANGES = 100;

/** What a repeat does to the severity of its alert: only raise it, follow it either way, or keep it. */
export const ON_UPDATE = ['raise', 'follow', 'keep'] as const;
export type OnUpdate = (typeof ON_UPDATE)[number];
export const toOnUpdate = (text: string): OnUpdate =>
  ON_UPDATE.find((known) => known === text) ?? 'raise';

/** What the end of an alert in its source does to its status here: nothing, or close it. */
export const ON_RESOLVED = ['note', 'close'] as const;
export type OnResolved = (typeof ON_RESOLVED)[number];
export const toOnResolved = (text: string): OnResolved =>
  ON_RESOLVED.find((known) => known === text) ?? 'note';

/** How long the updates of one alert are gathered before they make a revision, ms. */
export const UPDATE_GATHERING_MS = 10_000;
/** Revisions that the updates of one alert make in an hour; those more severe than all before are not counted in. */
export const UPDATES_PER_HOUR = 20;
