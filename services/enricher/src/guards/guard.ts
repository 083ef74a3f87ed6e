import {
  type GuardedAnswer,
  type LookupContext,
  type LookupSubject,
  type Provider,
  type ProviderSettings,
} from '../domain/provider.js';
import { type QuotaTurn } from './reserve-requests.js';

export type LookupRequest = {
  provider: Provider;
  settings: ProviderSettings;
  subject: LookupSubject;
  context: LookupContext;
  /** Which of those that wait for the same quota goes first; `normal` unless given. */
  turn?: QuotaTurn;
};

export type PerformLookup = (request: LookupRequest) => Promise<GuardedAnswer>;

/** Wraps a lookup with one rule. */
export type Guard = (next: PerformLookup) => PerformLookup;
