import { type IngestSource } from '@calseta/database';
import { type Metrics } from '@calseta/platform';
import { pluginFor } from './plugin-for.js';
import { type SourcePlugin } from './source-plugin.js';

export type KnownSource = { source: IngestSource; plugin: SourcePlugin };

/**
 * Finds the configured sources that this version can read, by name. Counts alerts that a limit left partly unread.
 */
export function knownSources(
  sources: readonly IngestSource[],
  metrics: Metrics,
): ReadonlyMap<string, KnownSource> {
  const readInPart = metrics.counter(
    'calseta_alerts_read_in_part_total',
    'Alerts whose source met a limit while it read them; they have a note.',
    { source: sources.map(({ name }) => name) },
  );
  const known = sources.flatMap((source) => {
    const plugin = pluginFor(source);
    const { name } = source;
    return plugin
      ? [{ source, plugin: withCount(plugin, () => readInPart.inc({ source: name })) }]
      : [];
  });
  return new Map(known.map((one) => [one.source.name, one]));
}

const withCount = (plugin: SourcePlugin, count: () => void): SourcePlugin => ({
  ...plugin,
  normalize(payload) {
    const outcome = plugin.normalize(payload);
    if (outcome.kind === 'normalized' && outcome.isCut) count();
    return outcome;
  },
});
