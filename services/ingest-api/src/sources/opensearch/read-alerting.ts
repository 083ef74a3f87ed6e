import { assembleAlert } from '../reading/assemble-alert.js';
import { find } from '../reading/find.js';
import { isRecord, rootOf } from '../reading/located.js';
import { pickSeverity, type ReadSeverity, readSeverity, type Scale } from '../reading/severity.js';
import { pickText } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';

/** Trigger severities: 1 is the highest and 5 the lowest, so the number is inverted. */
const TRIGGER_SEVERITY: Scale = [
  [-1, 'Critical'],
  [-2, 'High'],
  [-3, 'Medium'],
  [-4, 'Low'],
  [-5, 'Informational'],
];

/**
 * Reads the notification of an OpenSearch monitor: its `ctx`, or a body that a message template rendered from it.
 * Undefined for anything else.
 */
export function readAlerting(payload: unknown): NormalizeOutcome | undefined {
  const root = rootOf(payload);
  const at = find(root, 'ctx').find(({ value }) => isRecord(value)) ?? root;
  const monitor = pickText(at, 'monitor.name', 'monitor', 'monitor_name');
  const trigger = pickText(at, 'trigger.name', 'trigger', 'trigger_name');
  if (monitor === undefined || trigger === undefined) return undefined;
  const state = pickText(at, 'alert.state', 'alerts.state');
  return assembleAlert(at, {
    title: trigger,
    description: pickText(at, 'error', 'message') ?? `Monitor ${monitor}`,
    ...severityOf(pickSeverity(at, 'trigger.severity', 'trigger_severity', 'severity')),
    occurredAt: pickTime(
      at,
      'periodEnd',
      'period_end',
      'alert.start_time',
      'alerts.start_time',
      'periodStart',
    ),
    nativeAlertId: pickText(at, 'alert.id', 'alerts.id', 'alert_id'),
    sourceRuleId: pickText(at, 'monitor._id', 'monitor.id', 'monitor_id', 'trigger.id') ?? monitor,
    sourceRuleName: monitor,
    ...(state !== undefined && { sourceStatus: state }),
    ...(state !== undefined && /^(?:completed|deleted)$/i.test(state) && { isEnd: true as const }),
  });
}

function severityOf(text: string | undefined): ReadSeverity {
  if (text === undefined || !/^[1-5]$/.test(text)) return readSeverity([text]);
  const { severity } = readSeverity([], `-${text}`, TRIGGER_SEVERITY);
  return { severity, severityOriginal: text };
}
