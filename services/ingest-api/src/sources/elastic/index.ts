import { readTactics, readTechniques } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements } from '../reading/field-rules.js';
import { findWhole } from '../reading/find.js';
import { hasKey, valueAt } from '../reading/keys.js';
import { isRecord, listWithRecords, type Located, parseList, rootOf } from '../reading/located.js';
import { pickSeverity, type Scale, readSeverity } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { readAlerting } from '../opensearch/read-alerting.js';
import { ECS_FIELDS } from './ecs-fields.js';

/**
 * Elastic Security: alert documents of Kibana with flat, nested or mixed keys and values in lists; the older
 * `signal.*`; plain ECS events; search hits; batches and templates of the webhook connector; notifications of
 * OpenSearch's monitors.
 */
export const elastic: SourcePlugin = { name: 'elastic', split, normalize };

/** Elastic's own bands of the risk score. */
const RISK_SCORE: Scale = [
  [74, 'Critical'],
  [48, 'High'],
  [22, 'Medium'],
  [0, 'Low'],
];

const isDocument = (value: Record<string, unknown>): boolean =>
  hasKey(value, '@timestamp', 'kibana', 'signal', 'event') ||
  Object.keys(value).some((key) => /^kibana\.alert\./i.test(key));

/** Whether a template rendered the variables of an action: the rule is next to an alert that is only an id. */
const isTemplated = (value: Record<string, unknown>): boolean => {
  const [rule, alert] = [valueAt(value, 'rule'), valueAt(value, 'alert')];
  return isRecord(rule) && isRecord(alert) && !isDocument(alert);
};

const unwrapped = (payload: unknown): Located =>
  unwrap(
    rootOf(payload),
    ['body', '_source', 'alert', 'document', 'fields'],
    (value) => isDocument(value) || isTemplated(value),
  );

const BATCHES = [
  'alerts',
  'context.alerts',
  'alerts.new.data',
  'hits.hits',
  'hits',
  'data',
  'documents',
];

function split(payload: unknown): unknown[] | undefined {
  const at = unwrapped(payload);
  if (!isRecord(at.value) || isDocument(at.value)) return undefined;
  return BATCHES.map((path) => listWithRecords(findWhole(at, path).map(parseList)[0]?.value)).find(
    (list) => list,
  );
}

const TITLES = [
  'kibana.alert.rule.name',
  'signal.rule.name',
  'rule.name',
  'context.rule.name',
  'rule_name',
  'ruleName',
  'kibana.alert.reason',
  'title',
  'message',
  'event.action',
];

const THREATS = [
  'kibana.alert.rule.threat',
  'kibana.alert.rule.parameters.threat',
  'signal.rule.threat',
  'threat',
];
const under = (parents: string[], ...children: string[]): string[] =>
  parents.flatMap((parent) => children.map((child) => `${parent}.${child}`));

function normalize(payload: unknown): NormalizeOutcome {
  return readAlerting(payload) ?? readElastic(payload);
}

function readElastic(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  const title = pickText(at, ...TITLES);
  const dataset = pickText(at, 'event.dataset', 'event.module', 'event.kind');
  if (title === undefined && dataset === undefined) {
    return unreadable(at, 'No rule name, reason, message or ECS event was found.');
  }
  const ruleTags = pickTexts(at, 'kibana.alert.rule.tags', 'signal.rule.tags', 'rule.tags');
  return assembleAlert(at, {
    title,
    isByHand: isRecord(at.value) && !isDocument(at.value) && !hasKey(at.value, 'context'),
    guessedTitle: `Elastic event ${dataset ?? ''}`.trim(),
    description: pickText(
      at,
      'kibana.alert.reason',
      'kibana.alert.rule.description',
      'signal.rule.description',
      'rule.description',
      'context.reason',
      'context.rule.description',
      'message',
    ),
    ...readSeverity(
      [
        pickSeverity(at, 'kibana.alert.severity'),
        pickSeverity(at, ...under(RULES, 'severity')),
        pickSeverity(at, 'severity'),
      ],
      pickText(
        at,
        'kibana.alert.risk_score',
        ...under(RULES, 'risk_score'),
        'event.risk_score',
        'risk_score',
      ),
      RISK_SCORE,
    ),
    occurredAt: pickTime(
      at,
      'kibana.alert.original_time',
      'signal.original_time',
      'kibana.alert.start',
      '@timestamp',
      'event.start',
      'event.created',
      'timestamp',
    ),
    tags: ruleTags.length > 0 ? ruleTags : pickTexts(at, 'tags'),
    ...readSourceStatus(at, 'kibana.alert.workflow_status', 'signal.status'),
    nativeAlertId: pickText(at, 'kibana.alert.uuid', 'kibana.alert.id') ?? hitId(payload),
    sourceRuleId: pickText(at, ...under(RULES, 'rule_id', 'uuid', 'id')),
    sourceRuleName: pickText(at, ...under(RULES, 'name')),
    sourceUrl: pickText(at, 'kibana.alert.url', 'context.alertDetailsUrl', 'context.results_link'),
    mitreTactics: readTactics([
      ...pickTexts(at, ...under(THREATS, 'tactic.id', 'tactic.name')),
      ...ruleTags,
    ]),
    mitreTechniques: readTechniques([
      ...pickTexts(at, ...under(THREATS, 'technique.id', 'technique.subtechnique.id')),
      ...ruleTags,
    ]),
    ...collectStatements('elastic').readAll(at, ECS_FIELDS).result(),
  });
}

const RULES = ['kibana.alert.rule', 'signal.rule', 'rule', 'context.rule'];

/** The id of a search hit is the alert's id. */
const hitId = (payload: unknown): string | undefined =>
  isRecord(payload) && typeof payload['_id'] === 'string' ? payload['_id'] : undefined;
