import { readTactics, readTechniques } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements } from '../reading/field-rules.js';
import { hasKey } from '../reading/keys.js';
import { listUnder, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { GRAPH_FIELDS } from './evidence-fields.js';
import { stateUsers } from './state-users.js';

/**
 * Microsoft Graph security and Defender: alerts v1 and v2, incidents, risk detections, alerts of the Defender for
 * Endpoint API, and streamed AlertInfo and AlertEvidence records.
 */
export const msGraph: SourcePlugin = { name: 'ms_graph', split, normalize };

const isAlert = (value: Record<string, unknown>): boolean =>
  hasKey(value, 'title', 'severity', 'riskLevel');

const unwrapped = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['body', 'resourceData', 'properties', 'event'], isAlert);

/** Pages of the API (`value`), batches of the streaming API (`records`), the alerts of an incident. */
function split(payload: unknown): unknown[] | undefined {
  return listUnder(rootOf(payload), 'value', 'records');
}

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  const title = pickText(at, 'title', 'displayName', 'alertDisplayName', 'alerts.title');
  const guessedTitle = pickText(at, 'riskEventType', 'category', 'ActionType');
  if (title === undefined && guessedTitle === undefined) {
    return unreadable(at, 'Neither a title nor a category was found.');
  }
  const statements = collectStatements('ms_graph').readAll(at, GRAPH_FIELDS);
  stateUsers(at, statements);
  return assembleAlert(at, {
    title,
    guessedTitle,
    description: pickText(at, 'description', 'riskDetail'),
    ...readSeverity([pickSeverity(at, 'severity'), pickSeverity(at, 'riskLevel')]),
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
    ...readSourceStatus(at, 'status', 'riskState'),
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
