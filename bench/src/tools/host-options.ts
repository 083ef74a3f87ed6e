import { type CrashPoint } from './crash-at.js';

/** What a worker does here and nowhere else. */
export type HostOptions = {
  service: 'extractor' | 'enricher' | 'dispatcher';
  /** A provider beside the built-in ones, which knows every indicator after this time. */
  providerDelayMs?: number;
  crash?: CrashPoint;
};
