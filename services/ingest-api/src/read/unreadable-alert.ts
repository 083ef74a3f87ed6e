import { emptyLists, type NormalizedAlert, type Severity } from '@calseta/common';
import { pickText } from '../sources/reading/text.js';
import { rootOf } from '../sources/reading/located.js';
import { severityOfWord } from '../sources/reading/severity.js';
import { boundAlert } from './bound-alert.js';

/** Keys under which most systems write the subject of an alert, most specific first. */
const TITLES = [
  'title',
  'rule_name',
  'ruleName',
  'search_name',
  'alert_name',
  'alertName',
  'displayName',
  'name',
  'Subject',
  'subject',
  'summary',
];
const SEVERITIES = ['severity', 'Severity', 'priority', 'urgency', 'level'];
/** Prefixes of envelopes that may contain a value. */
const ENVELOPES = ['', 'alert.', 'rule.', 'event.', 'data.', 'detail.', 'properties.'];

const inEnvelopes = (keys: readonly string[]): string[] =>
  ENVELOPES.flatMap((envelope) => keys.map((key) => `${envelope}${key}`));
const TITLE_PATHS = inEnvelopes(TITLES);
const SEVERITY_PATHS = inEnvelopes(SEVERITIES);

/** Title and severity, if they can be found, of a payload that its source cannot read. */
export function unreadableAlert(
  sourceName: string,
  payload: unknown,
  notes: string[],
): NormalizedAlert {
  const root = rootOf(payload);
  return unreadable(sourceName, notes, {
    title: pickText(root, ...TITLE_PATHS),
    severity: pickText(root, ...SEVERITY_PATHS),
  });
}

/** As `unreadableAlert`, for text that is not JSON. */
export function unreadableAlertOfText(
  sourceName: string,
  text: string,
  notes: string[],
): NormalizedAlert {
  const values = new Map<string, string>();
  for (const { groups } of text.matchAll(MEMBERS)) {
    const { key = '', value = '' } = groups ?? {};
    if (value.trim() !== '' && !values.has(key)) values.set(key, value.trim());
  }
  const first = (keys: readonly string[]): string | undefined =>
    keys.map((key) => values.get(key)).find((value) => value !== undefined);
  return unreadable(sourceName, notes, { title: first(TITLES), severity: first(SEVERITIES) });
}

/** Keys with the text after them, up to a quote or the end of the line. */
const MEMBERS =
  /"(?<key>title|rule_?name|search_name|alert_?name|displayName|name|subject|summary|severity|priority|urgency|level)"[ \t]{0,20}:[ \t]{0,20}"(?<value>[^"\\\r\n]{1,500})/gi;

function unreadable(
  sourceName: string,
  notes: string[],
  { title, severity }: { title: string | undefined; severity: string | undefined },
): NormalizedAlert {
  const severityRead: Severity = severity === undefined ? 'Pending' : severityOfWord(severity);
  const alert: NormalizedAlert = {
    title: title ?? `Unreadable payload from ${sourceName}`,
    severity: severityRead,
    ...(severity !== undefined && { severityOriginal: severity }),
    ...emptyLists(),
    notes,
  };
  return boundAlert(alert, notes);
}
