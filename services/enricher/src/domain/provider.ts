import {
  type Classification,
  type IndicatorType,
  type Malice,
  type RawStep,
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
  /** Where a quota counts the requests of a lookup. */
  readonly requests?: RequestCounter | undefined;
};

export type RequestCounter = {
  /** Takes one request from the quota; returns what to call once it has left, or nothing when none is left. */
  begin(): (() => void) | undefined;
};

export type ProviderAnswer =
  | {
      kind: 'found';
      extracted: Record<string, unknown>;
      malice: Malice;
      reasons?: string[];
      raw?: RawStep[];
    }
  | { kind: 'not_found'; raw?: RawStep[] }
  | { kind: 'unavailable'; reason: string; fault?: LookupFault; waitSeconds?: number }
  /** It asks to be asked later. */
  | { kind: 'quota'; reason: string; waitSeconds?: number };

/**
 * `auth`: it refuses our credentials, and somebody has to mend that · `transient`: it fails, and may answer a moment
 * later · `unreadable`: its answer makes no sense.
 */
export const FAULTS = ['auth', 'transient', 'unreadable'] as const;
export type LookupFault = (typeof FAULTS)[number];

/** What comes through the guards: the answer of the provider, or why it was not asked or not heard. */
export type GuardedAnswer =
  | ProviderAnswer
  | { kind: 'timeout'; afterMs: number }
  /** Its settings, or the TLP of the alert, leave it out. */
  | { kind: 'skipped'; reason: string }
  /** Its quota is spent for so long. */
  | { kind: 'spent'; freeInMs: number }
  /** Its quota is free, but lookups that wait go first. */
  | { kind: 'not_its_turn' }
  /** The same lookup waits, and nobody asks it now. */
  | { kind: 'waiting' }
  /** Not asked yet: as many of its lookups are under way in this process as may be. */
  | { kind: 'busy' }
  /** It fails, and is asked nothing for a while. */
  | { kind: 'left_alone'; reason: string };

/** Answers what it knows about an indicator; everything else is the work of the guards. */
export type Provider = {
  name: string;
  /**
   * `outside` sends the value to a third party, so it gets public indicators only, and no accounts. `directory` is the
   * organisation's own, which alone is asked about accounts and e-mail addresses.
   */
  reach: 'local' | 'directory' | 'outside';
  supports(type: IndicatorType): boolean;
  /** What its requests count against; undefined where they are not counted. */
  quota?: RequestQuota;
  lookup(subject: LookupSubject, context: LookupContext): Promise<ProviderAnswer>;
  /** Its answer, where that follows from what is stored about the indicator. It is derived each time and not stored. */
  derive?(subject: LookupSubject): ProviderAnswer;
};

export type RequestQuota = {
  /** Requests that one lookup may send. */
  units(type: IndicatorType): number;
  quotas: readonly { limit: number; windowSeconds: number }[];
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
  /** Replaces the two above where it is set. */
  ttls?: { success: number | Partial<Record<IndicatorType, number>>; notFound: number } | null;
  timeoutMs: number;
  /** It is asked about alerts up to this TLP; undefined: about all. */
  maxTlp?: Tlp;
  /** Roles of indicators that it is asked about where the role is known; empty: all. */
  roles?: readonly Role[];
};

export type RegisteredProvider = {
  provider: Provider;
  /** Used until enrichment_providers has a row for the provider. */
  defaults: ProviderSettings;
};
