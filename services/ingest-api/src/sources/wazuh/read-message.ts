import { assembleAlert } from '../reading/assemble-alert.js';
import { find } from '../reading/find.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { type ReadSeverity, readSeverity } from '../reading/severity.js';
import { pickText } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';
import { RULE_LEVEL } from './rule-level.js';

/** `5712 _(Level 10)_`. */
const RULE = /^\s{0,20}(?<id>\d{1,10})\b(?:.{0,20}\blevel:?\s{0,5}(?<level>\d{1,2})\b)?/i;
/** `(003) - web-1`, and `web-1` alone. */
const AGENT = /^\s{0,20}(?:\(\d{1,10}\)\s{0,5}-\s{0,5})?(?<name>\S{1,256})\s{0,20}$/;

/**
 * Reads the message that Wazuh's chat integrations make of an alert: an attachment with a title, a text and
 * fields. Undefined for anything else.
 */
export function readMessage(payload: unknown): NormalizeOutcome | undefined {
  const root = rootOf(payload);
  const at = find(root, 'attachments').find(({ value }) => isRecord(value));
  const title = at && pickText(at, 'title', 'fallback', 'text');
  if (at === undefined || title === undefined) return undefined;
  const fields = fieldsOf(at);
  const rule = RULE.exec(fields.get('rule id') ?? '')?.groups ?? {};
  const agent = AGENT.exec(fields.get('agent') ?? '')?.groups?.['name'];
  return assembleAlert(at, {
    title,
    description: pickText(at, 'text'),
    ...severityOf(rule['level'] ?? fields.get('level'), pickText(at, 'color')),
    occurredAt: pickTime(at, 'ts', 'timestamp'),
    nativeAlertId: pickText(at, 'id', 'alert_id'),
    sourceRuleId: rule['id'],
    sourceRuleName: title,
    hosts: agent === undefined ? [] : [agent],
  });
}

const MAX_FIELDS = 50;

function fieldsOf(at: Located): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of find(at, 'fields').slice(0, MAX_FIELDS)) {
    const [name, value] = [pickText(field, 'title', 'name'), pickText(field, 'value')];
    if (name !== undefined && value !== undefined) fields.set(name.toLowerCase(), value);
  }
  return fields;
}

/** Slack's colours in Wazuh's script: levels to 4, to 7, and above. */
const COLOURS: Partial<Record<string, string>> = { good: 'low', warning: 'medium', danger: 'high' };

function severityOf(level: string | undefined, colour: string | undefined): ReadSeverity {
  if (level !== undefined) return readSeverity([], level, RULE_LEVEL);
  const word = COLOURS[colour?.toLowerCase() ?? ''];
  return word === undefined
    ? { severity: 'Pending' }
    : { ...readSeverity([word]), ...(colour !== undefined && { severityOriginal: colour }) };
}
