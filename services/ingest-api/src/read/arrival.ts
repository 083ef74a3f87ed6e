import { type IngestSource } from '@calseta/database';
import { type SourcePlugin } from '../sources/plugin/source-plugin.js';

/** What all alerts of one request share. */
export type Arrival = {
  source: IngestSource;
  plugin: SourcePlugin;
  receivedAt: Date;
  actor: string;
  traceparent: string;
  idempotencyKey?: string;
  /** As the request declares it. */
  contentType?: string;
};
