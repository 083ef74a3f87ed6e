import { ENVELOPE_KEY } from '@calseta/common';
import { mapLazily } from '../../body/map-lazily.js';
import { isRecord } from '../reading/located.js';
import { type SourcePlugin } from './source-plugin.js';

/** Longest envelope, as JSON, that is repeated with each of its alerts. */
export const MAX_ENVELOPE_CHARACTERS = 8_192;
/** What is nested deeper is left out. */
const MAX_LEVELS = 6;

/** Keys about a page of an API: what they say is not about the alerts. */
const OF_PAGES = new Set([
  'meta', 'paging', 'pagination', 'links', '_links', 'next', 'nextlink', 'nextpagetoken', 'next_cursor', 'cursor', 'total',
  'count', 'size', 'took', 'timed_out', '_shards', 'max_score', 'preview', 'offset', 'init_offset', 'lastrow', 'kind', 'etag',
]); // prettier-ignore
const isOfPages = (key: string): boolean =>
  OF_PAGES.has(key.toLowerCase()) || /^@?odata\./i.test(key);

/** Makes a plugin keep with each alert of an envelope what the envelope says beside its alerts. */
export function withEnvelope(plugin: SourcePlugin): SourcePlugin {
  if (plugin.split === undefined || plugin.keepsEnvelope) return plugin;
  return {
    ...plugin,
    split(payload) {
      const parts = plugin.split?.(payload);
      if (parts === undefined) return undefined;
      const alerts = [...parts];
      const envelope = describe(payload, new Set(alerts));
      if (envelope === undefined) return alerts;
      return mapLazily(alerts, (alert) =>
        isRecord(alert) && !Object.hasOwn(alert, ENVELOPE_KEY)
          ? { ...alert, [ENVELOPE_KEY]: envelope }
          : alert,
      );
    },
  };
}

/** The envelope without its alerts; undefined when it says nothing. */
function describe(payload: unknown, alerts: ReadonlySet<unknown>): unknown {
  const envelope = without(payload, alerts, 0);
  if (!isRecord(envelope)) return undefined;
  const { length } = JSON.stringify(envelope);
  return length <= MAX_ENVELOPE_CHARACTERS
    ? envelope
    : { omitted: `The envelope is longer than ${MAX_ENVELOPE_CHARACTERS} characters.` };
}

function without(value: unknown, alerts: ReadonlySet<unknown>, level: number): unknown {
  if (value === null || value === '' || level > MAX_LEVELS || alerts.has(value)) return undefined;
  if (typeof value === 'string') return isJsonText(value) ? undefined : value;
  if (Array.isArray(value))
    return holdsAlert(value, alerts) ? undefined : listOf(value, alerts, level);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const rest = isOfPages(key) ? undefined : without(inner, alerts, level + 1);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function listOf(list: readonly unknown[], alerts: ReadonlySet<unknown>, level: number) {
  const kept = list.flatMap((entry) => {
    const rest = without(entry, alerts, level + 1);
    return rest === undefined ? [] : [rest];
  });
  return kept.length === 0 ? undefined : kept;
}

/** The list of the alerts may come as JSON text. */
const isJsonText = (text: string): boolean => /^\s*[[{]/.test(text);

/** Whether these are the alerts, or records around them. */
const holdsAlert = (list: readonly unknown[], alerts: ReadonlySet<unknown>): boolean =>
  list.some(
    (entry) =>
      alerts.has(entry) ||
      (isRecord(entry) &&
        Object.values(entry).some((inner) => typeof inner === 'object' && alerts.has(inner))),
  );
