import { type NormalizedAlert } from '@calseta/common';
import { type SourcePlugin } from '../src/sources/source-plugin.js';

/** The alerts in an envelope, or what is none as it is. */
export const partsOf = (plugin: SourcePlugin, payload: unknown): unknown[] => [
  ...(plugin.split?.(payload) ?? [payload]),
];

/** What the plugin makes of the first alert in the payload; throws when it makes nothing of it. */
export function normalized(plugin: SourcePlugin, payload: unknown): NormalizedAlert {
  const [first] = partsOf(plugin, payload);
  const outcome = plugin.normalize(first);
  if (outcome.kind !== 'normalized') throw new Error(`not read: ${JSON.stringify(outcome)}`);
  return outcome.alert;
}

/** `type value` of each stated indicator. */
export const statedBy = (alert: NormalizedAlert): string[] =>
  alert.statedIndicators.map(({ type, value }) => `${type} ${value}`);
