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

/** The last sighting is this alert, and an alert without a verdict says nothing. */
function withoutThisAlert(extracted: Extracted): Extracted {
  if (extracted['alert_count'] === 1) return {};
  const verdicts = without((extracted['alert_verdicts'] ?? {}) as Extracted, ['pending']);
  return {
    ...without(extracted, ['last_seen_at', 'alert_verdicts']),
    ...(Object.keys(verdicts).length > 0 && { alert_verdicts: verdicts }),
  };
}

const withoutClass = (extracted: Extracted): Extracted =>
  without(extracted, ['address_class', 'ip_version']);

const without = (extracted: Extracted, names: readonly string[]): Extracted =>
  Object.fromEntries(Object.entries(extracted).filter(([name]) => !names.includes(name)));

const SHORTENED: Readonly<Record<string, (extracted: Extracted) => Extracted>> = {
  sightings: withoutThisAlert,
  ip_intel: withoutClass,
};
