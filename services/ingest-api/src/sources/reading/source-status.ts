import { type NormalizedAlert } from '@calseta/common';
import { type Located } from './located.js';
import { pickText } from './text.js';

/** Vendors' words for an alert that has ended. */
const ENDS = new Set([
  'resolved', 'closed', 'archived', 'dismissed', 'recovered', 'remediated', 'auto_resolved', 'auto_closed',
  'cleared', 'fixed', 'solved',
]); // prettier-ignore

const wordOf = (status: string): string =>
  status
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

/** Status of the alert at the source, at the first of these paths that has one, and whether it ends the alert. */
export function readSourceStatus(
  at: Located,
  ...paths: string[]
): Pick<NormalizedAlert, 'sourceStatus' | 'isEnd'> {
  return sourceStatusOf(pickText(at, ...paths));
}

/** The same for a word that was found already. */
export const sourceStatusOf = (
  sourceStatus: string | undefined,
): Pick<NormalizedAlert, 'sourceStatus' | 'isEnd'> =>
  sourceStatus === undefined
    ? {}
    : { sourceStatus, ...(ENDS.has(wordOf(sourceStatus)) && { isEnd: true }) };
