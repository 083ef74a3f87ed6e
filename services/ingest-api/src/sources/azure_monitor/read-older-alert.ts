import { assembleAlert } from '../reading/assemble-alert.js';
import { find } from '../reading/find.js';
import { hasKey, valueAt } from '../reading/keys.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';
import { severityOf } from './severity-of.js';

/**
 * Reads the schemas that action groups send without the common schema, and classic alerts: metric alerts, log search
 * alerts, and the activity log. Undefined for anything else.
 */
export function readOlderAlert(payload: unknown): NormalizeOutcome | undefined {
  const at = unwrap(rootOf(payload), ['body', 'data'], isOlder);
  const { value } = at;
  if (!isRecord(value) || !isOlder(value)) return undefined;
  if (hasKey(value, 'AlertRuleName')) return readLogSearch(at);
  const [activity] = find(at, 'context.activityLog');
  return activity ? readActivity(at, activity) : readMetric(at);
}

const isOlder = (value: Record<string, unknown>): boolean =>
  hasKey(value, 'AlertRuleName') ||
  (hasKey(value, 'status') && isRecord(valueAt(value, 'context')));

function readMetric(at: Located): NormalizeOutcome {
  const rule = pickText(at, 'context.name');
  const status = pickText(at, 'status');
  return assembleAlert(at, {
    title: rule,
    guessedTitle: 'Azure Monitor metric alert',
    description: pickText(at, 'context.description'),
    ...severityOf(pickText(at, 'context.severity')),
    occurredAt: pickTime(at, 'context.timestamp'),
    tags: pickTexts(at, 'context.conditionType', 'context.resourceType'),
    nativeAlertId: idOfMetric(at),
    sourceRuleId: pickText(at, 'context.id') ?? rule,
    sourceRuleName: rule,
    sourceUrl: pickText(at, 'context.portalLink'),
    hosts: pickTexts(at, 'context.resourceName'),
    ...statusOf(status, ['deactivated', 'resolved']),
  });
}

/** The rule and what it watches: the end of a firing has no other id in common with its beginning. */
function idOfMetric(at: Located): string | undefined {
  const id = pickText(at, 'context.id');
  const watched = pickTexts(
    at,
    'context.resourceId',
    'context.condition.allOf.dimensions.name',
    'context.condition.allOf.dimensions.value',
  );
  return id && [id, ...watched].join(' ');
}

/** The rule reports each search by itself, and never an end. */
function readLogSearch(at: Located): NormalizeOutcome {
  const rule = pickText(at, 'AlertRuleName');
  return assembleAlert(at, {
    title: rule,
    description: pickText(at, 'Description'),
    ...severityOf(pickText(at, 'Severity')),
    occurredAt: pickTime(at, 'SearchIntervalEndtimeUtc', 'SearchIntervalStartTimeUtc'),
    tags: pickTexts(at, 'AlertType'),
    sourceRuleId: rule,
    sourceRuleName: rule,
    sourceUrl: pickText(
      at,
      'LinkToFilteredSearchResultsUI',
      'LinkToSearchResultsUI',
      'LinkToSearchResults',
    ),
  });
}

/** Only health events have an end; the status of others is that of an operation. */
function readActivity(at: Located, activity: Located): NormalizeOutcome {
  const operation = pickText(activity, 'operationName');
  const isHealth = /health$/i.test(pickText(activity, 'eventSource') ?? '');
  const status = isHealth ? pickText(activity, 'status') : undefined;
  const tracking = pickText(activity, 'properties.trackingId');
  return assembleAlert(at, {
    title: pickText(activity, 'properties.title') ?? operation,
    guessedTitle: 'Azure activity',
    description: pickText(activity, 'description', 'properties.communication', 'properties.cause'),
    ...severityOf(pickText(activity, 'level')),
    occurredAt: pickTime(activity, 'eventTimestamp', 'submissionTimestamp'),
    tags: pickTexts(activity, 'eventSource', 'subStatus'),
    nativeAlertId: (isHealth ? tracking : undefined) ?? pickText(activity, 'eventDataId'),
    sourceRuleId: operation,
    users: pickTexts(activity, 'caller'),
    ...statusOf(status, ['resolved']),
  });
}

const statusOf = (status: string | undefined, ends: readonly string[]) => ({
  ...(status !== undefined && { sourceStatus: status }),
  ...(status !== undefined && ends.includes(status.toLowerCase()) && { isEnd: true as const }),
});
