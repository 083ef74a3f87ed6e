import { assembleAlert } from '../reading/assemble-alert.js';
import { collectStatements } from '../reading/field-rules.js';
import { isRecord, listWithRecords, type Located, rootOf } from '../reading/located.js';
import { readTactics, readTechniques } from '../reading/mitre.js';
import { readSeverity } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import type { NormalizeOutcome, SourcePlugin } from '../source-plugin.js';
import { GRAPH_FIELDS } from './evidence-fields.js';
import { stateUsers } from './state-users.js';

/**
 * Microsoft Graph security and Defender: alerts v1 and v2, incidents, risk detections, alerts of the
 * Defender for Endpoint API, and streamed AlertInfo and AlertEvidence records.
 */
export const msGraph: SourcePlugin = { name: 'ms_graph', split, normalize };

const isAlert = (value: Record<string, unknown>): boolean =>
  ['title', 'Title', 'severity', 'Severity', 'riskLevel'].some((key) => Object.hasOwn(value, key));

const unwrapped = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['body', 'resourceData', 'properties', 'event'], isAlert);

/** Pages of the API (`value`), batches of the streaming API (`records`), the alerts of an incident. */
function split(payload: unknown): unknown[] | undefined {
  if (!isRecord(payload)) return undefined;
  return ['value', 'records'].map((key) => listWithRecords(payload[key])).find((list) => list);
}

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  const title = pickText(
    at,
    'title',
    'displayName',
    'alertDisplayName',
    'alerts.title',
    'riskEventType',
    'category',
    'ActionType',
  );
  if (title === undefined) {
    return { kind: 'unreadable', reason: 'Neither a title nor a category was found.' };
  }
  const statements = collectStatements('ms_graph').readAll(at, GRAPH_FIELDS);
  stateUsers(at, statements);
  return assembleAlert(at, {
    title,
    description: pickText(at, 'description', 'riskDetail'),
    ...readSeverity([pickText(at, 'severity'), pickText(at, 'riskLevel')]),
    occurredAt: pickTime(
      at,
      'eventDateTime',
      'activityDateTime',
      'firstActivityDateTime',
      'firstEventTime',
      'Timestamp',
      'detectedDateTime',
      'createdDateTime',
      'alertCreationTime',
    ),
    tags: pickTexts(at, 'tags', 'customTags', 'systemTags'),
    nativeAlertId: pickText(at, 'id', 'AlertId', 'providerAlertId'),
    sourceRuleId: pickText(at, 'detectorId', 'alertPolicyId', 'alertRuleId'),
    sourceRuleName: pickText(at, 'alertRuleName'),
    sourceUrl: pickText(at, 'alertWebUrl', 'incidentWebUrl', 'sourceMaterials'),
    mitreTactics: readTactics(pickTexts(at, 'category', 'Categories', 'tactics')),
    mitreTechniques: readTechniques(
      pickTexts(at, 'mitreTechniques', 'AttackTechniques', 'additionalInfo'),
    ),
    ...statements.result(),
  });
}
