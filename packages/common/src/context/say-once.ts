import { type ContextIndicator } from './alert-context.js';

type Extracted = Record<string, unknown>;

/**
 * What the providers say about an indicator, without what the payload says elsewhere: sightings of nothing but this
 * alert, and the class of an address, which is the indicator's `classification`.
 */
export function sayOnce(
  results: ContextIndicator['enrichmentResults'],
): ContextIndicator['enrichmentResults'] {
  const told: ContextIndicator['enrichmentResults'] = {};
  for (const [provider, { extracted }] of Object.entries(results)) {
    const news = SHORTENED[provider]?.(extracted) ?? extracted;
    if (Object.keys(news).length > 0) told[provider] = { extracted: news };
  }
  return told;
}

const SHORTENED: Readonly<Record<string, (extracted: Extracted) => Extracted>> = {
  sightings: withoutThisAlert,
  ip_intel: withoutClass,
};

/** The last sighting is this alert, and an alert without a verdict says nothing. */
function withoutThisAlert(extracted: Extracted): Extracted {
  const { last_seen_at, alert_verdicts, ...rest } = extracted;
  if (rest['alert_count'] === 1) return {};
  const { pending: _, ...judged } = (alert_verdicts ?? {}) as Record<string, unknown>;
  return { ...rest, ...(Object.keys(judged).length > 0 && { alert_verdicts: judged }) };
}

function withoutClass(extracted: Extracted): Extracted {
  const { address_class, ip_version, ...rest } = extracted;
  return rest;
}
