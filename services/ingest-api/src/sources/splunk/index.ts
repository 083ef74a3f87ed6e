import { readTactics, readTechniques } from '@calseta/common';
import { mapLazily } from '../../body/map-lazily.js';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements } from '../reading/field-rules.js';
import { hasKey, ownKey, valueAt } from '../reading/keys.js';
import { isRecord, listUnder, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { CIM_FIELDS } from './cim-fields.js';

/**
 * Splunk: the webhook alert action with one `result`, Enterprise Security notables, bare search rows, HEC events,
 * and lists of results.
 */
export const splunk: SourcePlugin = { name: 'splunk', split, normalize };

const envelopeOf = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['body', 'payload'], (value) => hasKey(value, 'result'));

/** Each of several results keeps the envelope of its search. */
function split(payload: unknown): Iterable<unknown> | undefined {
  const at = envelopeOf(payload);
  const envelope = at.value;
  if (!isRecord(envelope)) return undefined;
  const list = listUnder(at, 'results', 'result');
  if (list === undefined) return undefined;
  const keys = new Set(['results', 'result'].map((name) => ownKey(envelope, name)));
  const search = Object.fromEntries(Object.entries(envelope).filter(([key]) => !keys.has(key)));
  return mapLazily(list, (one) => ({ ...search, result: one }));
}

const TITLES = [
  'rule_title',
  'search_name',
  'rule_name',
  'savedsearch_name',
  'alert_name',
  'signature',
  'title',
  'name',
];
const MARKS = ['sid', 'results_link', 'search_name', '_raw', '_time', '_cd', 'sourcetype', 'event'];

function normalize(payload: unknown): NormalizeOutcome {
  const envelope = envelopeOf(payload);
  const at = unwrap(envelope, ['result', 'event']);
  if (!isRecord(at.value) || !isRecord(envelope.value)) {
    return unreadable(at, 'The payload is not an object.');
  }
  const pick = (...paths: string[]) =>
    paths.map((path) => pickText(at, path) ?? pickText(envelope, path)).find((text) => text);
  const title = pick(...TITLES);
  if (title === undefined && !isSplunk(at.value) && !isSplunk(envelope.value)) {
    return unreadable(at, 'No search name, result or event of Splunk was found.');
  }
  const sourcetype = pick('sourcetype', '_sourcetype', 'source');
  return assembleAlert(at, {
    title,
    guessedTitle: `Splunk result${sourcetype === undefined ? '' : ` from ${sourcetype}`}`,
    description: pick(
      'rule_description',
      'description',
      'savedsearch_description',
      'reason',
      'message',
    ),
    ...readSeverity(
      ['urgency', 'severity'].map((path) => pickSeverity(at, path) ?? pickSeverity(envelope, path)),
    ),
    occurredAt:
      pickTime(
        at,
        '_time',
        'time',
        'orig_time',
        'event_time',
        'firstTime',
        'first_time',
        'timestamp',
        '_indextime',
      ) ?? pickTime(envelope, 'time', '_time', 'trigger_time'),
    tags: [...new Set([...pickTexts(at, 'tag', 'tags', 'security_domain')])],
    ...readSourceStatus(at, 'status_label'),
    nativeAlertId: pick('event_id', 'notable_id', 'event_hash', 'finding_id'),
    sourceRuleId: pick(
      'rule_id',
      'search_id',
      'detection_id',
      'search_name',
      'rule_name',
      'savedsearch_name',
    ),
    sourceRuleName: pick('search_name', 'rule_name', 'savedsearch_name', 'rule_title'),
    sourceUrl: pickText(envelope, 'results_link', 'view_link'),
    mitreTactics: readTactics(pickTexts(at, ...under('tactic', 'mitre_tactic_id'))),
    mitreTechniques: readTechniques(
      pickTexts(
        at,
        ...under('mitre_attack_id', 'mitre_technique_id', 'mitre_technique', 'mitre_attack'),
      ),
    ),
    ...collectStatements('splunk').readAll(at, CIM_FIELDS).result(),
  });
}

const isSplunk = (value: Record<string, unknown>): boolean =>
  hasKey(value, ...MARKS) || isRecord(valueAt(value, 'result'));

/** Enterprise Security prefixes fields of its framework annotations. */
const under = (...names: string[]): string[] => [
  ...names.flatMap((name) => [name, `annotations.mitre_attack.${name}`]),
  'annotations.mitre_attack',
  'annotations.mitre_attack.mitre_tactic',
  'mitre_tactic',
  'annotations',
];
