import { readTactics, readTechniques } from '@calseta/common';
import { readTable, recordOf } from '@calseta/indicators';
import { MAX_BATCH_ALERTS } from '../../body/check-limits.js';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements } from '../reading/field-rules.js';
import { findWhole } from '../reading/find.js';
import { hasKey, valueAt } from '../reading/keys.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { readCommonAlert } from '../azure_monitor/read-common-alert.js';
import { readEntities } from './read-entities.js';
import { stateEntity } from './state-entity.js';

/**
 * Microsoft Sentinel: the incident of the REST API, the Logic Apps triggers for incidents and alerts, rows of
 * SecurityAlert and SecurityIncident, and alerts of Azure Monitor in the common schema.
 */
export const sentinel: SourcePlugin = { name: 'sentinel', split, normalize };

const isAlert = (value: Record<string, unknown>): boolean =>
  hasKey(value, 'properties', 'SystemAlertId', 'AlertDisplayName', 'IncidentNumber');

const unwrapped = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['body', 'object', 'incident'], isAlert);

/** A page of the REST API, or rows of a Log Analytics query, as objects or as tables. */
function split(payload: unknown): unknown[] | undefined {
  const { value } = unwrapped(payload);
  if (!isRecord(value)) return undefined;
  const [page, tables] = [valueAt(value, 'value'), valueAt(value, 'tables')];
  const list = Array.isArray(page) ? page : Array.isArray(tables) ? tables.flatMap(rowsOf) : [];
  return list.length === 0 ? undefined : list;
}

/** One row above the limit is enough to detect an oversized batch. */
const MAX_ROWS = MAX_BATCH_ALERTS + 1;

function rowsOf(value: unknown): unknown[] {
  const table = isRecord(value) ? readTable(value) : undefined;
  return table ? table.rows.slice(0, MAX_ROWS).map((row) => recordOf(table, row)) : [];
}

const ENTITY_PATHS = [
  'Entities',
  'properties.relatedEntities',
  'properties.entities',
  'properties.alerts.properties.entities',
  'relatedEntities',
];

function normalize(payload: unknown): NormalizeOutcome {
  return readCommonAlert(payload) ?? readSentinel(unwrapped(payload));
}

function readSentinel(at: Located): NormalizeOutcome {
  const title = pickText(
    at,
    'properties.title',
    'properties.alertDisplayName',
    'Title',
    'AlertDisplayName',
    'DisplayName',
    'AlertName',
    'Activity',
    'alert.displayName',
    'alert.title',
    'alert.name',
  );
  const rowType = pickText(at, 'TimeGenerated') && pickText(at, 'Type');
  if (title === undefined && rowType === undefined) {
    return unreadable(at, 'Neither a title nor a Log Analytics row type was found.');
  }
  const statements = collectStatements('sentinel');
  const lists = ENTITY_PATHS.flatMap((path) => findWhole(at, path));
  for (const entity of lists.flatMap(readEntities)) stateEntity(entity, statements);
  return assembleAlert(at, {
    title,
    isByHand: isRecord(at.value) && !isAlert(at.value),
    guessedTitle: `Sentinel ${rowType ?? 'alert'}`,
    description: pickText(at, 'properties.description', 'Description'),
    ...readSeverity([
      pickSeverity(at, 'properties.severity'),
      pickSeverity(at, 'AlertSeverity', 'Severity'),
      pickSeverity(at, 'properties.alerts.properties.severity'),
      pickSeverity(at, 'alert.severity'),
    ]),
    occurredAt: pickTime(at, ...TIME_PATHS),
    tags: pickTexts(at, 'properties.labels.labelName', 'Labels.labelName', 'Tags'),
    ...readSourceStatus(at, 'properties.status', 'Status'),
    nativeAlertId: pickText(
      at,
      'SystemAlertId',
      'properties.systemAlertId',
      'IncidentName',
      'name',
      'id',
      'alert.systemAlertId',
      'alert.id',
    ),
    ...readRule(at),
    sourceUrl: pickText(
      at,
      'properties.incidentUrl',
      'IncidentUrl',
      'AlertLink',
      'properties.alertLink',
    ),
    mitreTactics: readTactics(
      pickTexts(at, 'properties.additionalData.tactics', 'properties.tactics', 'Tactics', 'Intent'),
    ),
    mitreTechniques: readTechniques(
      pickTexts(at, 'properties.additionalData.techniques', 'properties.techniques', 'Techniques'),
    ),
    ...statements.result(),
  });
}

const TIME_PATHS = [
  'properties.firstActivityTimeUtc',
  'properties.firstActivityTime',
  'FirstActivityTime',
  'properties.startTimeUtc',
  'StartTimeUtc',
  'StartTime',
  'properties.timeGenerated',
  'properties.createdTimeUtc',
  'CreatedTime',
  'CreatedTimeUtc',
  'TimeGeneratedUtc',
  'TimeGenerated',
];

/** Analytics rules have ARM ids; the last segment is the rule's own id. */
function readRule(at: Located): { sourceRuleId?: string; sourceRuleName?: string } {
  const armId = pickText(at, 'properties.relatedAnalyticRuleIds', 'RelatedAnalyticRuleIds');
  const id =
    armId?.match(/(?<![^/"[\]])[^/"[\]]+(?=["\]]*$)/)?.[0] ??
    pickText(at, 'AlertType', 'properties.alertType');
  const name = pickText(
    at,
    'AlertName',
    'AlertDisplayName',
    'properties.alerts.properties.alertDisplayName',
  );
  return { ...(id && { sourceRuleId: id }), ...(name !== undefined && { sourceRuleName: name }) };
}
