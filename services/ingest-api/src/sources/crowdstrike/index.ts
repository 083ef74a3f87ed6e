import { readTactics, readTechniques } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements } from '../reading/field-rules.js';
import { find } from '../reading/find.js';
import { hasKey } from '../reading/keys.js';
import { isRecord, listUnder, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, type ReadSeverity, readSeverity, type Scale } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { FALCON_FIELDS, FUSION_FIELDS, HOLDERS } from './falcon-fields.js';

/**
 * CrowdStrike Falcon: event-stream envelopes (`metadata` + `event`), bare detection summaries, alerts and
 * detections of the API (`resources[]`), FDR events, and Fusion workflow webhooks.
 */
export const crowdstrike: SourcePlugin = { name: 'crowdstrike', split, normalize };

function split(payload: unknown): unknown[] | undefined {
  return listUnder(rootOf(payload), 'resources');
}

/** 1–5 in detection summaries. */
const FIVE_STEPS: Scale = [
  [5, 'Critical'],
  [4, 'High'],
  [3, 'Medium'],
  [2, 'Low'],
  [1, 'Informational'],
];
/** 1–100 in the alerts API, which shows 20 and above as low. */
const HUNDRED_STEPS: Scale = [
  [80, 'Critical'],
  [60, 'High'],
  [40, 'Medium'],
  [20, 'Low'],
  [1, 'Informational'],
];

/** Looks for each path in the event first, then in the envelope. */
const inEvent = (...paths: string[]): string[] =>
  paths.flatMap((path) =>
    ['event.', '', 'data.', 'alert.', 'detection.', 'data.detections.'].map(
      (holder) => holder + path,
    ),
  );

function normalize(payload: unknown): NormalizeOutcome {
  const at = rootOf(payload);
  const eventType = pickText(
    at,
    'metadata.eventType',
    ...inEvent('ExternalApiType', 'event_simpleName', 'OperationName', 'type'),
  );
  const title = pickText(
    at,
    ...inEvent('display_name', 'DetectName', 'IncidentType', 'Name', 'RuleName', 'PolicyStatement'),
    'behaviors.display_name',
    'behaviors.scenario',
    'workflow_name',
  );
  const description = pickText(
    at,
    ...inEvent('DetectDescription', 'Description', 'RuleDescription', 'IncidentDescription'),
    'behaviors.description',
  );
  if ((title ?? description ?? eventType) === undefined) {
    return unreadable(at, 'Neither a detection nor an event type was found.');
  }
  return assembleAlert(at, {
    title,
    isByHand: isRecord(at.value) && !hasKey(at.value, ...MARKS),
    guessedTitle: description ?? EVENT_TITLES[eventType ?? ''] ?? eventType,
    description,
    ...severityOf(at),
    occurredAt: pickTime(at, ...(isOfApi(at) ? API_TIMES : []), ...TIMES),
    tags: pickTexts(at, ...inEvent('tags')),
    ...readSourceStatus(at, ...inEvent('status')),
    nativeAlertId: pickText(
      at,
      ...inEvent(
        'CompositeId',
        'composite_id',
        'DetectId',
        'detection_id',
        'IncidentID',
        'IdentityProtectionIncidentId',
        'NotificationId',
        'EventUUID',
        'id',
      ),
    ),
    sourceRuleId: pickText(
      at,
      ...inEvent('PatternId', 'IOARuleInstanceID', 'rule_instance_id', 'RuleId', 'PolicyId'),
    ),
    sourceRuleName: pickText(
      at,
      ...inEvent('IOARuleName', 'DetectName', 'display_name', 'RuleName'),
    ),
    sourceUrl: pickText(at, ...inEvent('FalconHostLink', 'ReportUrl'), 'meta.event_reference_url'),
    mitreTactics: readTactics(
      pickTexts(
        at,
        ...inEvent('Tactic', 'TacticId', 'MitreAttack.TacticID'),
        'behaviors.tactic',
        'behaviors.tactic_id',
      ),
    ),
    mitreTechniques: readTechniques(
      pickTexts(
        at,
        ...inEvent('Technique', 'TechniqueId', 'MitreAttack.TechniqueID'),
        'behaviors.technique_id',
      ),
    ),
    ...statementsOf(at),
  });
}

/** Keys of Falcon's own objects and envelopes. */
const MARKS = [
  'metadata',
  'event',
  'composite_id',
  'cid',
  'aid',
  'customer_id',
  'event_simpleName',
  'behaviors',
  'meta',
];

/** Titles of events that have none. */
const EVENT_TITLES: Partial<Record<string, string>> = {
  IncidentSummaryEvent: 'CrowdStrike incident',
};

/** The alert, then the objects in it; each once. */
function statementsOf(at: Located) {
  const statements = collectStatements('crowdstrike');
  const holders = [at, ...HOLDERS.flatMap((path) => find(at, path))].filter(({ value }) =>
    isRecord(value),
  );
  for (const holder of holders.slice(0, MAX_HOLDERS)) statements.readAll(holder, FALCON_FIELDS);
  for (const data of find(at, 'data')) statements.readAll(data, FUSION_FIELDS);
  return statements.result();
}

const MAX_HOLDERS = 50;

const TIMES = [
  ...inEvent(
    'UTCTimestamp',
    'ProcessStartTime',
    'IncidentStartTime',
    'StartTime',
    'timestamp',
    'first_behavior',
    'context_timestamp',
  ),
  'metadata.eventCreationTime',
  ...inEvent('created_timestamp', 'crawled_timestamp'),
  'meta.timestamp',
  'p_event_time',
];
/** For alerts of the API, the time of detection takes precedence over the start of the process. */
const API_TIMES = inEvent('timestamp', 'start_time', 'context_timestamp', 'created_timestamp');

/** Alerts of the API and detections of newer events use severities up to 100. */
const isOfApi = (at: Located): boolean =>
  pickText(at, ...inEvent('composite_id', 'severity_name', 'created_timestamp')) !== undefined &&
  pickText(at, 'metadata.eventType') === undefined;

/** The scale is 1–5 in events and 1–100 in the API; above 5 it is certain. */
function severityOf(at: Located): ReadSeverity {
  const number = pickText(at, ...inEvent('Severity', 'max_severity'), 'behaviors.severity');
  const scale = isOfApi(at) || Number(number) > 5 ? HUNDRED_STEPS : FIVE_STEPS;
  const labels = inEvent('SeverityName', 'max_severity_displayname', 'Severity', 'RulePriority');
  return readSeverity(
    labels.map((path) => pickSeverity(at, path)),
    number,
    scale,
  );
}
