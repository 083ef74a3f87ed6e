import {
  type LookupContext,
  type LookupSubject,
  type Provider,
  type ProviderAnswer,
  type ProviderSettings,
} from '../provider.js';

export type LookupRequest = {
  provider: Provider;
  settings: ProviderSettings;
  subject: LookupSubject;
  context: LookupContext;
};

/** `timeout` is our own verdict about a provider; the rest is what it said. */
export type GuardedAnswer = ProviderAnswer | { kind: 'timeout'; afterMs: number };

export type Lookup = (request: LookupRequest) => Promise<GuardedAnswer>;

/** Wraps a lookup; one rule of how providers are treated per guard. */
export type Guard = (next: Lookup) => Lookup;
