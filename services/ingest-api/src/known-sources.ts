import type { IngestSource } from '@calseta/database';
import { pluginFor } from './sources/plugin-for.js';
import type { SourcePlugin } from './sources/source-plugin.js';

export type KnownSource = { source: IngestSource; plugin: SourcePlugin };

/** The configured sources that this version can read, by name. */
export const knownSources = (sources: readonly IngestSource[]): ReadonlyMap<string, KnownSource> =>
  new Map(
    sources.flatMap((source) => {
      const plugin = pluginFor(source);
      return plugin ? [[source.name, { source, plugin }] as const] : [];
    }),
  );
