import {
  type Classification,
  type IndicatorType,
  type Malice,
  type Role,
  type Sightings,
  type Tlp,
} from '@calseta/common';

/** What a provider is asked about; never a malformed indicator. */
export type LookupSubject = {
  type: IndicatorType;
  /** Canonical value. */
  value: string;
  classification: Classification;
  /** Missing when no other alert contains it. */
  sightings?: Sightings;
};

export type LookupContext = {
  /** Aborted when nobody waits for the answer any more; created on first access. */
  readonly signal: AbortSignal;
};

export type ProviderAnswer =
  | { kind: 'found'; extracted: Record<string, unknown>; malice: Malice; reasons?: string[] }
  | { kind: 'not_found' }
  | { kind: 'unavailable'; reason: string }
  /** It may not be asked for now. */
  | { kind: 'quota'; reason: string };

/** `timeout` comes from the time limit around the provider, `skipped` from its settings; the others are its own. */
export type GuardedAnswer =
  ProviderAnswer | { kind: 'timeout'; afterMs: number } | { kind: 'skipped'; reason: string };

/** Answers what it knows about an indicator. The guards add single flight, time limit and validation. */
export type Provider = {
  name: string;
  /**
   * `outside` sends the value to a third party, so it gets public indicators only, and no accounts. `directory` is the
   * organisation's own, which alone is asked about accounts and e-mail addresses.
   */
  reach: 'local' | 'directory' | 'outside';
  supports(type: IndicatorType): boolean;
  lookup(subject: LookupSubject, context: LookupContext): Promise<ProviderAnswer>;
  /** Its answer, where that follows from what is stored about the indicator. It is derived each time and not stored. */
  derive?(subject: LookupSubject): ProviderAnswer;
};

/** What the configuration says about a provider. */
export type ProviderSettings = {
  isEnabled: boolean;
  configVersion: number;
  /** The types it is asked about; empty means all that it supports. */
  indicatorTypes: readonly IndicatorType[];
  /** Weight of its verdict, 0–1. */
  reliability: number;
  ttlSeconds: number;
  negativeTtlSeconds: number;
  /** Where it is set, it stands for the two above. */
  ttls?: { success: number | Partial<Record<IndicatorType, number>>; notFound: number } | null;
  timeoutMs: number;
  /** The strictest TLP of an alert that it is told of; undefined: of every alert. */
  maxTlp?: Tlp;
  /** Roles of indicators that it is asked about where the role is known; empty: all. */
  roles?: readonly Role[];
};

export type RegisteredProvider = {
  provider: Provider;
  /** Used until enrichment_providers has a row for the provider. */
  defaults: ProviderSettings;
};
