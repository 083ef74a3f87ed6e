import { assembleAlert } from '../reading/assemble-alert.js';
import { find } from '../reading/find.js';
import { valueAt } from '../reading/keys.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';
import { severityOf } from './severity-of.js';

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
