import { type CrashPoint } from './crash-at.js';

/** Options of a worker that only benchmarks and chaos runs use. */
export type HostOptions = {
  service: 'extractor' | 'enricher' | 'dispatcher';
  /** Adds a provider that knows every indicator and answers after this time. */
  providerDelayMs?: number;
  crash?: CrashPoint;
};
