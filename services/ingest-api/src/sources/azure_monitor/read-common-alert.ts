import { type Severity } from '@calseta/common';
import { assembleAlert } from '../reading/assemble-alert.js';
import { find } from '../reading/find.js';
import { valueAt } from '../reading/keys.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { type ReadSeverity, readSeverity } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome } from '../source-plugin.js';

/** Azure Monitor's own scale: critical, error, warning, informational, verbose. */
const SEVERITIES: readonly Severity[] = [
  'Critical',
  'High',
  'Medium',
  'Informational',
  'Informational',
];

/** Reads an alert in Azure Monitor's common schema; undefined for anything else. */
export function readCommonAlert(payload: unknown): NormalizeOutcome | undefined {
  const root = rootOf(payload);
  const essentials =
    find(root, 'data.essentials').find(isEssentials) ?? find(root, 'essentials').find(isEssentials);
  if (essentials === undefined) return undefined;
  const data = essentials.pointer.startsWith('/essentials') ? '' : 'data.';
  const condition = pickText(essentials, 'monitorCondition');
  const rule = pickText(essentials, 'alertRule');
  const alertId = pickText(essentials, 'alertId');
  return assembleAlert(essentials, {
    title: rule,
    guessedTitle: `Azure Monitor ${pickText(essentials, 'monitoringService') ?? 'alert'}`,
    description: pickText(essentials, 'description'),
    ...severityOf(pickText(essentials, 'severity')),
    occurredAt: pickTime(essentials, 'firedDateTime', 'resolvedDateTime'),
    tags: pickTexts(essentials, 'monitoringService', 'signalType'),
    nativeAlertId: alertId ?? pickText(essentials, 'originAlertId'),
    sourceRuleId: pickText(essentials, 'alertRuleId') ?? rule,
    sourceRuleName: rule,
    sourceUrl:
      pickText(
        root,
        `${data}alertContext.condition.allOf.linkToFilteredSearchResultsUI`,
        `${data}alertContext.condition.allOf.linkToSearchResultsUI`,
        `${data}alertContext.linkToSearchResultsUI`,
      ) ?? pickText(essentials, 'investigationLink'),
    hosts: pickTexts(essentials, 'configurationItems'),
    ...(condition !== undefined && { sourceStatus: condition }),
    ...(condition?.toLowerCase() === 'resolved' && { isEnd: true as const }),
  });
}

const isEssentials = ({ value }: Located): boolean =>
  isRecord(value) && (valueAt(value, 'alertRule') ?? valueAt(value, 'alertId')) !== undefined;

function severityOf(text: string | undefined): ReadSeverity {
  const step = /^sev([0-4])$/i.exec(text ?? '')?.[1];
  const severity = step === undefined ? undefined : SEVERITIES[Number(step)];
  return severity === undefined || text === undefined
    ? readSeverity([text])
    : { severity, severityOriginal: text };
}
