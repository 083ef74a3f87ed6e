import { type ExtractionOutcome } from '@calseta/indicators';

/** Counts of indicators for the activity row: in all, by the pass that found them first, by type. */
export function summarizeExtraction({
  indicators,
  dropped,
  notes,
}: ExtractionOutcome): Record<string, unknown> {
  const malformed = indicators.filter(({ isMalformed }) => isMalformed).length;
  return {
    indicators: indicators.length,
    by_pass: countBy(indicators.map(({ provenance }) => provenance[0]?.pass ?? 'unknown')),
    by_type: countBy(indicators.map(({ type }) => type)),
    ...(malformed > 0 && { malformed }),
    ...(dropped > 0 && { dropped }),
    ...(notes.length > 0 && { notes }),
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
