import { mapLazily } from '../../body/map-lazily.js';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { childOf, isRecord, type Located, rootOf } from '../reading/located.js';
import { readSeverity } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/** Prometheus Alertmanager's webhook (versions 3 and 4), and Grafana's, which has the same shape. */
export const alertmanager: SourcePlugin = {
  name: 'alertmanager',
  split,
  keepsEnvelope: true,
  normalize,
};

/** One part per alert, with the envelope of its group, so that common labels and annotations stay readable. */
function split(payload: unknown): Iterable<unknown> | undefined {
  if (!isRecord(payload) || !Array.isArray(payload['alerts'])) return undefined;
  const alerts = payload['alerts'].filter(isRecord);
  if (alerts.length === 0) return undefined;
  return mapLazily(alerts, (alert) => ({ ...payload, alerts: [alert] }));
}

/** The alert's own label or annotation, then those of the group. */
const inGroup = (path: string): string[] => [
  `alerts.labels.${path}`,
  `labels.${path}`,
  `alerts.annotations.${path}`,
  `annotations.${path}`,
  `commonLabels.${path}`,
  `commonAnnotations.${path}`,
  `groupLabels.${path}`,
];

const TITLES = ['alertname', 'summary', 'title', 'message', 'description'].flatMap(inGroup);

function normalize(payload: unknown): NormalizeOutcome {
  const at = rootOf(payload);
  const title = pickText(at, ...TITLES);
  if (title === undefined) {
    return unreadable(at, 'No alert with a name or a summary was found.');
  }
  return assembleAlert(at, {
    title,
    isInGroup: true,
    description: pickText(at, ...['description', 'message', 'summary'].flatMap(inGroup)),
    ...readSeverity([
      pickText(at, ...inGroup('severity')),
      pickText(at, ...inGroup('priority')),
      pickText(at, ...inGroup('level')),
    ]),
    occurredAt: pickTime(at, 'alerts.startsAt', 'startsAt'),
    tags: tagsOf(at),
    ...readSourceStatus(at, 'alerts.status', 'status'),
    nativeAlertId: identityOf(at),
    sourceRuleId: pickText(at, ...inGroup('alertname'), ...inGroup('rule_uid')),
    sourceRuleName: pickText(at, ...inGroup('alertname')),
    sourceUrl: pickText(at, 'alerts.generatorURL', 'generatorURL', 'externalURL'),
    hosts: [pickText(at, ...inGroup('instance'), ...inGroup('host'), ...inGroup('node'))].filter(
      (host) => host !== undefined,
    ),
  });
}

const labelsOf = (at: Located): Record<string, unknown> => {
  const hasAlerts = isRecord(at.value) && Array.isArray(at.value['alerts']);
  const holder = hasAlerts ? childOf(childOf(at, 'alerts'), 0) : at;
  const labels = isRecord(holder.value) ? childOf(holder, 'labels').value : undefined;
  return isRecord(labels) ? labels : {};
};

const tagsOf = (at: Located): string[] =>
  Object.entries(labelsOf(at))
    .filter(([key, value]) => !['alertname', 'severity'].includes(key) && typeof value === 'string')
    .map(([key, value]) => `${key}:${String(value)}`);

/** The same for repeated notifications of one firing; the next firing has another start time. */
function identityOf(at: Located): string | undefined {
  const startedAt = pickText(at, 'alerts.startsAt', 'startsAt');
  const fingerprint = pickText(at, 'alerts.fingerprint', 'fingerprint');
  const labels = Object.entries(labelsOf(at)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (startedAt === undefined || (fingerprint === undefined && labels.length === 0))
    return undefined;
  return `${fingerprint ?? JSON.stringify(labels)} ${startedAt}`;
}
