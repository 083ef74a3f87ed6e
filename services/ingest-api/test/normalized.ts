import { type NormalizedAlert } from '@calseta/common';
import { type SourcePlugin } from '../src/sources/plugin/source-plugin.js';

/** The alerts in an envelope, or the payload itself if it is none. */
export const partsOf = (plugin: SourcePlugin, payload: unknown): unknown[] => [
  ...(plugin.split?.(payload) ?? [payload]),
];

/** The first alert in the payload as the plugin reads it; throws when the plugin cannot. */
export function normalized(plugin: SourcePlugin, payload: unknown): NormalizedAlert {
  const [first] = partsOf(plugin, payload);
  const outcome = plugin.normalize(first);
  if (outcome.kind !== 'normalized') throw new Error(`not read: ${JSON.stringify(outcome)}`);
  return outcome.alert;
}

/** `type value` of each stated indicator. */
export const statedBy = (alert: NormalizedAlert): string[] =>
  alert.statedIndicators.map(({ type, value }) => `${type} ${value}`);
