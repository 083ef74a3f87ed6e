import { newTraceparent } from '@calseta/common';
import { type Arrival } from '../src/read/arrival.js';
import { type SourcePlugin } from '../src/sources/plugin/source-plugin.js';

/** A request to a source of this plugin. */
export const anArrival = (plugin: SourcePlugin): Arrival => ({
  source: {
    name: plugin.name,
    plugin: plugin.name,
    dedupWindowSeconds: 60,
    onUpdate: 'raise',
    onResolved: 'note',
    rateLimitPerMinute: null,
    fieldMapping: null,
    hmacSecrets: [],
    isActive: true,
  },
  plugin,
  receivedAt: new Date(),
  actor: 'test',
  traceparent: newTraceparent(),
});
