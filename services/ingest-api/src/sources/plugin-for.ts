import type { IngestSource } from '@calseta/database';
import { createCustomSource } from './custom/index.js';
import { sourcePlugin } from './registry.js';
import type { SourcePlugin } from './source-plugin.js';

/** What reads the payloads of a configured source; undefined when this version has no such plugin. */
export function pluginFor(
  source: Pick<IngestSource, 'name' | 'plugin' | 'fieldMapping'>,
): SourcePlugin | undefined {
  if (source.plugin !== 'custom') return sourcePlugin(source.plugin);
  return source.fieldMapping === null
    ? undefined
    : createCustomSource(source.name, source.fieldMapping);
}
