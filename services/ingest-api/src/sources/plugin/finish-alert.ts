import { type NormalizedAlert, readSigmaTags } from '@calseta/common';
import { isUnreadSeverity } from '../reading/severity.js';

const MAX_SHOWN_CHARACTERS = 100;

/**
 * Steps for every source: fills in tactics and techniques from the tags of Sigma rules, and notes an unreadable
 * severity.
 */
export function finishAlert(alert: NormalizedAlert): NormalizedAlert {
  const { tactics, techniques } = readSigmaTags(alert.tags);
  if (tactics.length + techniques.length === 0 && !isUnreadSeverity(alert)) return alert;
  return {
    ...alert,
    mitreTactics: united(alert.mitreTactics, tactics),
    mitreTechniques: united(alert.mitreTechniques, techniques),
    notes: isUnreadSeverity(alert) ? [...alert.notes, unreadNote(alert)] : alert.notes,
  };
}

const unreadNote = ({ severityOriginal = '' }: NormalizedAlert): string =>
  `The severity ${JSON.stringify(severityOriginal.slice(0, MAX_SHOWN_CHARACTERS))} is not known; it is Pending. The severity_map of the source can say what it means.`;

const united = (first: string[], second: string[]): string[] =>
  second.length === 0 ? first : [...new Set([...first, ...second])];
