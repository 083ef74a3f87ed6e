import { type LookupResult } from '@calseta/common';
import { type LookupSubject, type ProviderSettings, type RegisteredProvider } from '../provider.js';
import { isFresh } from './cache.js';
import { isEnrichable } from './is-enrichable.js';

/** An indicator with the newest answer of each provider, stale ones included. */
export type EngineSubject = LookupSubject & {
  isMalformed: boolean;
  results: readonly LookupResult[];
};

/** One provider to be heard about one indicator. */
export type Question<S extends EngineSubject = EngineSubject> = {
  subject: S;
  provider: RegisteredProvider['provider'];
  settings: ProviderSettings;
  /** The newest stored answer, however old. */
  stored?: LookupResult;
  /** Whether that answer serves without asking again. */
  isCached: boolean;
};

/** Who is asked about an indicator, and who has answered already. */
export function planLookups<S extends EngineSubject>(
  subject: S,
  providers: readonly RegisteredProvider[],
  configured: ReadonlyMap<string, ProviderSettings>,
  now: Date,
): Question<S>[] {
  return providers.flatMap(({ provider, defaults }) => {
    const settings = configured.get(provider.name) ?? defaults;
    if (!isEnrichable(subject, provider, settings)) return [];
    const stored = subject.results.find(({ providerName }) => providerName === provider.name);
    const isCached = stored !== undefined && isFresh(stored, settings.configVersion, now);
    return [{ subject, provider, settings, isCached, ...(stored && { stored }) }];
  });
}
