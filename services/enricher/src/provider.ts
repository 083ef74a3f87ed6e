import { type Classification, type IndicatorType, type Malice } from '@calseta/common';

/** What a provider is asked about; malformed indicators never get here. */
export type LookupSubject = {
  type: IndicatorType;
  /** Canonical value. */
  value: string;
  classification: Classification;
};

export type LookupContext = {
  /** Aborted when the answer is no longer waited for; made when it is asked for. */
  readonly signal: AbortSignal;
};

export type ProviderAnswer =
  | { kind: 'found'; extracted: Record<string, unknown>; malice: Malice }
  | { kind: 'not_found' }
  | { kind: 'unavailable'; reason: string };

/** A source of knowledge about indicators. Time-out, cache, validation and isolation sit around it. */
export type Provider = {
  name: string;
  /** `outside` sends the value to somebody else, and so sees public indicators only. */
  reach: 'local' | 'outside';
  supports(type: IndicatorType): boolean;
  lookup(subject: LookupSubject, context: LookupContext): Promise<ProviderAnswer>;
};

/** What the configuration says about a provider. */
export type ProviderSettings = {
  isEnabled: boolean;
  configVersion: number;
  /** Narrows what the provider supports; empty: no narrowing. */
  indicatorTypes: readonly IndicatorType[];
  /** 0–1: how much its verdict weighs. */
  reliability: number;
  ttlSeconds: number;
  negativeTtlSeconds: number;
  timeoutMs: number;
};

export type RegisteredProvider = {
  provider: Provider;
  /** Until a row in enrichment_providers says otherwise. */
  defaults: ProviderSettings;
};
