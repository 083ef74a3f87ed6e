import { type Logger } from '@calseta/platform';
import { INDICATOR_TYPES } from '@calseta/common';
import { type ProviderSettings, type RegisteredProvider } from '../domain/provider.js';
import { createIpIntel } from './ip-intel/index.js';
import { sightings } from './sightings/index.js';
import { THREAT_LISTS, type ThreatLists } from './threat-lists/index.js';
import { type StoredLists } from './threat-lists/stored-lists.js';

export type RegistryDeps = {
  threatLists: Pick<ThreatLists, 'provider'>;
  /** CSV with the columns cidr, asn, org, country. */
  ipIntelFile?: string;
  log: Pick<Logger, 'info' | 'warn'>;
};

/** The providers of every installation, in the order in which they are shown. */
export const localProviders = (deps: RegistryDeps): RegisteredProvider[] => [
  { provider: sightings, defaults: { ...DEFAULTS, reliability: 0.3 } },
  { provider: deps.threatLists.provider, defaults: THREAT_LIST_DEFAULTS },
  { provider: createIpIntel(deps), defaults: { ...DEFAULTS, reliability: 0.3, ttlSeconds: 3_600 } },
];

/** The settings of all providers by name. When a list changes, earlier answers by threat lists are not used any more. */
export function settingsByName(
  rows: readonly (ProviderSettings & { name: string })[],
  storedLists: Pick<StoredLists, 'fingerprint'>,
): ReadonlyMap<string, ProviderSettings> {
  const settings = new Map<string, ProviderSettings>(rows.map((row) => [row.name, row]));
  const ofLists = settings.get(THREAT_LISTS) ?? THREAT_LIST_DEFAULTS;
  const configVersion = ofLists.configVersion + storedLists.fingerprint();
  return settings.set(THREAT_LISTS, { ...ofLists, configVersion });
}

const DEFAULTS: ProviderSettings = {
  isEnabled: true,
  configVersion: 1,
  indicatorTypes: INDICATOR_TYPES,
  reliability: 0.5,
  ttlSeconds: 60,
  negativeTtlSeconds: 60,
  timeoutMs: 2_000,
};

const THREAT_LIST_DEFAULTS: ProviderSettings = { ...DEFAULTS, reliability: 0.9 };
