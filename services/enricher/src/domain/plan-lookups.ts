import { type LookupResult, type Role, type Tlp } from '@calseta/common';
import { type LookupSubject, type ProviderSettings, type RegisteredProvider } from './provider.js';
import { isFresh } from './cache.js';
import { toOutcome } from './to-outcome.js';
import { isEnrichable } from './is-enrichable.js';
import { whySkipped } from './why-skipped.js';

/** An indicator with the newest answer of each provider, stale ones included. */
export type EngineSubject = LookupSubject & {
  /** Empty for a value that no alert has. */
  id: string;
  isMalformed: boolean;
  role?: Role;
  results: readonly LookupResult[];
};

/** One provider and the indicator to ask it about. */
export type Lookup<S extends EngineSubject = EngineSubject> = {
  subject: S;
  provider: RegisteredProvider['provider'];
  settings: ProviderSettings;
  /** The newest stored answer, however old, or the derived one. */
  stored?: LookupResult;
  /** Whether `stored` can be used, so that nothing is asked. */
  isCached: boolean;
  /** Why the provider is not asked, although it could answer. */
  skipReason?: string;
};

/** What narrows the lookups of one request. */
export type LookupScope = {
  /** Names of the providers to ask; all by default. */
  only?: ReadonlySet<string>;
  /** Asks even where a stored answer is fresh. */
  bypassCache?: boolean;
  /** Of the alert: providers that are told less are not asked. */
  tlp?: Tlp;
};

/** The lookups of an indicator: one for each provider that may be asked about it. */
export function planLookups<S extends EngineSubject>(
  subject: S,
  providers: readonly RegisteredProvider[],
  configured: ReadonlyMap<string, ProviderSettings>,
  now: Date,
  scope: LookupScope = {},
): Lookup<S>[] {
  const lookups: Lookup<S>[] = [];
  for (const { provider, defaults } of providers) {
    if (scope.only && !scope.only.has(provider.name)) continue;
    const settings = configured.get(provider.name) ?? defaults;
    if (isEnrichable(subject, provider, settings))
      lookups.push(planLookup(subject, provider, settings, now, scope));
  }
  return lookups;
}

function planLookup<S extends EngineSubject>(
  subject: S,
  provider: RegisteredProvider['provider'],
  settings: ProviderSettings,
  now: Date,
  { bypassCache = false, tlp }: LookupScope,
): Lookup<S> {
  if (provider.derive) {
    const timing = { fetchedAt: now, durationMs: 0 };
    const derived = toOutcome({ subject, provider, settings }, provider.derive(subject), timing);
    return { subject, provider, settings, isCached: true, stored: derived };
  }
  const stored = subject.results.find(({ providerName }) => providerName === provider.name);
  if (stored && !bypassCache && isFresh(stored, settings.configVersion, now))
    return { subject, provider, settings, isCached: true, stored };
  const lookup: Lookup<S> = { subject, provider, settings, isCached: false };
  if (stored) lookup.stored = stored;
  const skipReason = whySkipped(provider, settings, { role: subject.role, tlp });
  if (skipReason !== undefined) lookup.skipReason = skipReason;
  return lookup;
}
