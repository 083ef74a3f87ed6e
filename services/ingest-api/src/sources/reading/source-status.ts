import { type NormalizedAlert } from '@calseta/common';
import { type Located } from './located.js';
import { pickText } from './text.js';

/** Words of vendors for an alert that is over. */
const ENDS = new Set([
  'resolved', 'closed', 'archived', 'dismissed', 'recovered', 'remediated', 'auto_resolved',
]); // prettier-ignore

const wordOf = (status: string): string =>
  status
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

/** How the source stands to the alert, by the first of these paths that says so, and whether that ends it. */
export function readSourceStatus(
  at: Located,
  ...paths: string[]
): Pick<NormalizedAlert, 'sourceStatus' | 'isEnd'> {
  const sourceStatus = pickText(at, ...paths);
  if (sourceStatus === undefined) return {};
  return { sourceStatus, ...(ENDS.has(wordOf(sourceStatus)) && { isEnd: true }) };
}
