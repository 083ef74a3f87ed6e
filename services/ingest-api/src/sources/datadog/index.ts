import { readTactics, readTechniques } from '@calseta/common';
import { listedValues } from '@calseta/indicators';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { hasKey } from '../reading/keys.js';
import { isRecord, listUnder, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/**
 * Datadog: the webhook integration, whose body is a template over `$EVENT_TITLE`, `$SECURITY_SIGNAL_ID` and other
 * variables, and security signals of the API.
 */
export const datadog: SourcePlugin = { name: 'datadog', split, normalize };

function split(payload: unknown): unknown[] | undefined {
  return listUnder(rootOf(payload), 'data', 'signals');
}

const isAlert = (value: Record<string, unknown>): boolean =>
  hasKey(
    value,
    'title',
    'event_title',
    'signal_title',
    'security_signal_title',
    'message',
    'status',
  );

const unwrapped = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['attributes', 'data'], isAlert);

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  if (!isRecord(at.value)) return unreadable(at, 'The payload is not an object.');
  const tags = tagsOf(at);
  const title = pickText(
    at,
    'security_signal_title',
    'signal_title',
    'title',
    'event_title',
    'alert_title',
    'attributes.title',
    'workflow.rule.name',
  );
  const transition = pickText(at, 'alert_transition', 'transition');
  if (title === undefined)
    return unreadable(at, 'Neither an event nor a security signal was found.');
  return assembleAlert(at, {
    title,
    description: pickText(
      at,
      'security_signal_message',
      'signal_message',
      'body',
      'event_msg',
      'text_only_msg',
      'message',
    ),
    ...readSeverity([
      pickSeverity(at, 'security_signal_severity', 'signal_severity', 'severity', 'status'),
      pickSeverity(at, 'alert_priority'),
      pickSeverity(at, 'alert_type'),
      tags.find((tag) => /^severity:/i.test(tag))?.slice('severity:'.length),
    ]),
    occurredAt: pickTime(at, 'timestamp', 'date', 'last_updated'),
    tags,
    nativeAlertId:
      pickText(at, 'security_signal_id', 'signal_id', 'alert_cycle_key', 'id') ??
      pickText(rootOf(payload), 'id'),
    sourceRuleId: pickText(at, 'security_rule_id', 'rule_id', 'workflow.rule.id', 'alert_id'),
    sourceRuleName: pickText(
      at,
      'security_rule_name',
      'rule_name',
      'workflow.rule.name',
      'alert_title',
    ),
    sourceUrl: pickText(at, 'link', 'url', 'security_signal_link'),
    mitreTactics: readTactics(afterColon(tags, /^(?:mitre_)?tactic:/i)),
    mitreTechniques: readTechniques(afterColon(tags, /^(?:mitre_)?technique:/i)),
    hosts: [...new Set([...pickTexts(at, 'hostname', 'host'), ...afterColon(tags, /^host:/i)])],
    users: afterColon(tags, /^usr\.(?:id|name|email):/i),
    ...(transition !== undefined && { sourceStatus: transition }),
    ...(transition?.toLowerCase() === 'recovered' && { isEnd: true as const }),
  });
}

/** A template writes the tags as one text, separated by commas. */
const tagsOf = (at: Located): string[] =>
  pickTexts(at, 'tags').flatMap((text) => listedValues(text) ?? text.split(/,\s{0,4}/));

const afterColon = (tags: readonly string[], key: RegExp): string[] =>
  tags.filter((tag) => key.test(tag)).map((tag) => tag.slice(tag.indexOf(':') + 1).trim());
