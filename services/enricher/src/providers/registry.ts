import { type Logger } from '@calseta/platform';
import { INDICATOR_TYPES } from '@calseta/common';
import { type ProviderSettings, type RegisteredProvider } from '../domain/provider.js';
import { createIpIntel } from './ip-intel/index.js';
import { sightings } from './sightings/index.js';
import { createThreatLists } from './threat-lists/index.js';

export type RegistryDeps = {
  /** Directory with the operator's `allow` and `deny` lists. */
  threatListsDir?: string;
  /** CSV with the columns cidr, asn, org, country. */
  ipIntelFile?: string;
  log: Pick<Logger, 'info' | 'warn'>;
};

/** The providers of every installation, in the order in which they are shown. */
export const localProviders = (deps: RegistryDeps): RegisteredProvider[] => [
  { provider: sightings, defaults: { ...DEFAULTS, reliability: 0.3 } },
  { provider: createThreatLists(deps), defaults: { ...DEFAULTS, reliability: 0.9 } },
  { provider: createIpIntel(deps), defaults: { ...DEFAULTS, reliability: 0.3, ttlSeconds: 3_600 } },
];

const DEFAULTS: ProviderSettings = {
  isEnabled: true,
  configVersion: 1,
  indicatorTypes: INDICATOR_TYPES,
  reliability: 0.5,
  ttlSeconds: 60,
  negativeTtlSeconds: 60,
  timeoutMs: 2_000,
};
