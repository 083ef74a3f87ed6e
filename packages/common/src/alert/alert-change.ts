import { z } from 'zod';

/** Fields that an update can change. All except `source_status` make a new revision. */
export const CHANGED_FIELDS = [
  'severity',
  'malice',
  'title',
  'description',
  'tags',
  'hosts',
  'users',
  'indicators',
  'enrichment',
  'known_exploited',
  'source_status',
] as const;

/** One field that an update changed. For a list, `from` is empty and `to` contains the added entries. */
export const alertChangeSchema = z
  .object({
    field: z.enum(CHANGED_FIELDS),
    from: z.unknown().describe('null: there was none; of a list, which only grows, `[]`'),
    to: z
      .unknown()
      .describe(
        'Of a list: what was added. Of `enrichment`: an indicator with the provider that knows it now, or its new verdict. ' +
          'Of `known_exploited`: a vulnerability that a threat list has by now',
      ),
    omitted_count: z.int().optional().describe('Added entries that are not listed here'),
  })
  .meta({ id: 'AlertChange' });
export type AlertChange = z.infer<typeof alertChangeSchema>;

/** List entries that one change names. The alert itself has all of them. */
export const MAX_LISTED_CHANGES = 100;

/** Effect of a repeat on the severity of its alert: only raise it, follow it up and down, or keep it. */
export const ON_UPDATE = ['raise', 'follow', 'keep'] as const;
export type OnUpdate = (typeof ON_UPDATE)[number];
export const toOnUpdate = (text: string): OnUpdate =>
  ON_UPDATE.find((known) => known === text) ?? 'raise';

/** Effect of the end of an alert in its source on the status here: none, or close it. */
export const ON_RESOLVED = ['note', 'close'] as const;
export type OnResolved = (typeof ON_RESOLVED)[number];
export const toOnResolved = (text: string): OnResolved =>
  ON_RESOLVED.find((known) => known === text) ?? 'note';

/** Time for which updates of one alert are collected before they make a revision, ms. */
export const UPDATE_GATHERING_MS = 10_000;
/** Revisions per alert and hour that updates can make. Those that raise the severity do not count. */
export const UPDATES_PER_HOUR = 20;
