import {
  type GuardedAnswer,
  type LookupContext,
  type LookupSubject,
  type Provider,
  type ProviderSettings,
} from '../domain/provider.js';

export type LookupRequest = {
  provider: Provider;
  settings: ProviderSettings;
  subject: LookupSubject;
  context: LookupContext;
};

export type PerformLookup = (request: LookupRequest) => Promise<GuardedAnswer>;

/** Wraps a lookup with one rule. */
export type Guard = (next: PerformLookup) => PerformLookup;
