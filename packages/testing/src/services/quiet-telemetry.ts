import { PassThrough } from 'node:stream';
import { createTelemetry, type Telemetry } from '@calseta/platform';

/** Telemetry whose log nobody reads. */
export const quietTelemetry = (service = 'test'): Telemetry =>
  createTelemetry({ service, logLevel: 'error', stream: new PassThrough().resume() });
