import { type AddedIndicator, type ExtractedIndicator } from '@calseta/common';
import { classifyOwn } from '../canonicalize/classify-own.js';
import { createCollector } from './merge.js';
import { collectAdded } from './stated.js';

/** The indicators that an extraction makes of added ones; also what a link that was added leads to by itself. */
export function extractAdded(
  added: readonly AddedIndicator[],
  ownDomains: ReadonlySet<string>,
): ExtractedIndicator[] {
  const collector = createCollector();
  collectAdded(added, collector);
  return collector.outcome().indicators.map((one) => classifyOwn(one, ownDomains));
}
