/** Keys under which vendors put the alerts of a page, in lower case. */
const LISTS = new Set([
  'value',
  'alerts',
  'results',
  'records',
  'findings',
  'events',
  'items',
  'incidents',
  'detections',
  'resources',
  'entries',
  'hits',
]);
/** Keys of envelopes around such a list, in lower case. */
const ENVELOPES = new Set(['data', 'body', 'payload', 'detail', 'hits', 'response']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a payload is a page without alerts, as pollers send it. */
export function isEmptyList(payload: unknown): boolean {
  if (!isObject(payload)) return false;
  const entries = Object.entries(payload);
  const inner = entries.flatMap(([key, value]) =>
    ENVELOPES.has(key.toLowerCase()) && isObject(value) ? Object.entries(value) : [],
  );
  const lists = [...entries, ...inner].flatMap(([key, value]) =>
    LISTS.has(key.toLowerCase()) && Array.isArray(value) ? [value] : [],
  );
  return lists.length > 0 && lists.every(({ length }) => length === 0);
}
