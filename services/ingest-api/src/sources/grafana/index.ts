import { alertmanager } from '../alertmanager/index.js';
import { assembleAlert } from '../reading/assemble-alert.js';
import { hasKey, valueAt } from '../reading/keys.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { pickText } from '../reading/text.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/**
 * Grafana: the webhook of its alerting, with the groups of Alertmanager, and the older one from before
 * version 9.
 */
export const grafana: SourcePlugin = {
  name: 'grafana',
  split: (payload) => alertmanager.split?.(payload),
  keepsEnvelope: true,
  normalize: (payload) =>
    isLegacy(payload) ? readLegacy(rootOf(payload)) : alertmanager.normalize(payload),
};

const isLegacy = (payload: unknown): boolean =>
  isRecord(payload) &&
  hasKey(payload, 'evalMatches', 'ruleUrl') &&
  hasKey(payload, 'ruleName', 'title');

function readLegacy(at: Located): NormalizeOutcome {
  const state = pickText(at, 'state');
  return assembleAlert(at, {
    title: pickText(at, 'title', 'ruleName'),
    description: pickText(at, 'message'),
    ...readSeverity([pickSeverity(at, 'tags.severity', 'tags.priority')]),
    tags: tagsOf(at),
    sourceRuleId: pickText(at, 'ruleId'),
    sourceRuleName: pickText(at, 'ruleName'),
    sourceUrl: pickText(at, 'ruleUrl'),
    ...(state !== undefined && { sourceStatus: state }),
    ...(state?.toLowerCase() === 'ok' && { isEnd: true as const }),
  });
}

function tagsOf(at: Located): string[] {
  const tags = isRecord(at.value) ? valueAt(at.value, 'tags') : undefined;
  if (!isRecord(tags)) return [];
  return Object.entries(tags).flatMap(([key, value]) =>
    key !== 'severity' && typeof value === 'string' ? [`${key}:${value}`] : [],
  );
}
