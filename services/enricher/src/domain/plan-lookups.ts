import { type LookupResult } from '@calseta/common';
import { type LookupSubject, type ProviderSettings, type RegisteredProvider } from './provider.js';
import { isFresh } from './cache.js';
import { isEnrichable } from './is-enrichable.js';

/** An indicator with the newest answer of each provider, stale ones included. */
export type EngineSubject = LookupSubject & {
  isMalformed: boolean;
  results: readonly LookupResult[];
};

/** One provider and the indicator to ask it about. */
export type Lookup<S extends EngineSubject = EngineSubject> = {
  subject: S;
  provider: RegisteredProvider['provider'];
  settings: ProviderSettings;
  /** The newest stored answer, however old. */
  stored?: LookupResult;
  /** Whether the stored answer is fresh enough to use. */
  isCached: boolean;
};

/** The lookups of an indicator: one for each provider that may be asked about it. */
export function planLookups<S extends EngineSubject>(
  subject: S,
  providers: readonly RegisteredProvider[],
  configured: ReadonlyMap<string, ProviderSettings>,
  now: Date,
): Lookup<S>[] {
  return providers.flatMap(({ provider, defaults }) => {
    const settings = configured.get(provider.name) ?? defaults;
    if (!isEnrichable(subject, provider, settings)) return [];
    const stored = subject.results.find(({ providerName }) => providerName === provider.name);
    const isCached = stored !== undefined && isFresh(stored, settings.configVersion, now);
    return [{ subject, provider, settings, isCached, ...(stored && { stored }) }];
  });
}
