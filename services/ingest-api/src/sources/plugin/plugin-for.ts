import { type IngestSource } from '@calseta/database';
import { addMapping } from '../custom/add-mapping.js';
import { createCustomSource } from '../custom/index.js';
import { finishAlert } from './finish-alert.js';
import { sourcePlugin } from '../registry.js';
import { type NormalizeOutcome, type SourcePlugin } from './source-plugin.js';
import { withEnvelope } from './with-envelope.js';

type Configured = Pick<IngestSource, 'name' | 'plugin' | 'fieldMapping'>;

/** The plugin of a configured source; undefined when this version has none. */
export function pluginFor(source: Configured): SourcePlugin | undefined {
  const configured = configuredPlugin(source);
  const plugin = configured && withEnvelope(configured);
  return plugin && { ...plugin, normalize: (payload) => finished(plugin.normalize(payload)) };
}

function configuredPlugin({
  name,
  plugin: kind,
  fieldMapping,
}: Configured): SourcePlugin | undefined {
  if (kind === 'custom')
    return fieldMapping === null ? undefined : createCustomSource(name, fieldMapping);
  const plugin = sourcePlugin(kind);
  return plugin && fieldMapping !== null ? addMapping(plugin, fieldMapping) : plugin;
}

function finished(outcome: NormalizeOutcome): NormalizeOutcome {
  if (outcome.kind === 'normalized') outcome.alert = finishAlert(outcome.alert);
  return outcome;
}
