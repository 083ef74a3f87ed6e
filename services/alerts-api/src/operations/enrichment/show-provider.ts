import { formatTimestamp, INDICATOR_TYPES, type IndicatorType } from '@calseta/common';
import {
  COUNTED_HOURS,
  type ProviderRecord,
  type ProviderState,
  type ProviderVersionRecord,
} from '@calseta/database';
import {
  type EnrichmentProviderResource,
  type EnrichmentProviderVersionResource,
  type EnrichmentProviderVersionSummary,
  type LookupDefinition,
  lookupSchema,
  needsBaseUrl,
  type ProviderStateResource,
} from '@calseta/http-steps';

/** Address of the provider: set by an operator, else by the environment, else the vendor's own. */
export const addressOf = (
  { base_url, environment }: ProviderRecord,
  own: string | null = base_url,
): string | null => own ?? environment.base_url ?? environment.vendor_url ?? null;

/** The resource as the API shows it; an unreadable lookup of another version is left out. */
export function toResource(
  record: ProviderRecord,
  state: ProviderState | undefined,
): EnrichmentProviderResource {
  const { lookup: stored, indicator_types: narrowed } = record;
  const lookup = readLookup(stored);
  const credentials = (lookup?.secrets ?? []).map((name) => ({
    name,
    source: sourceOf(record, name),
  }));
  const address = addressOf(record);
  const isConfigured =
    credentials.every(({ source }) => source !== null) &&
    (address !== null || lookup === null || !needsBaseUrl(lookup));
  return {
    uuid: record.uuid,
    name: record.name,
    title: record.title,
    origin: record.origin,
    is_active: record.is_active,
    base_url: address,
    indicator_types: typesOf(narrowed, lookup),
    is_configured: isConfigured,
    credentials,
    quotas: record.quotas,
    ttls: record.ttls,
    reliability: record.reliability,
    timeout_ms: record.timeout_ms,
    is_own_directory: record.is_own_directory,
    max_tlp: record.max_tlp,
    roles: record.roles,
    state: toState(state, isConfigured && record.is_active),
    version: record.version,
    lookup,
    created_at: record.created_at,
    updated_at: record.updated_at,
  };
}

const NOTHING_KNOWN: ProviderState = {
  quotas: [],
  closedUntil: null,
  leftAloneUntil: null,
  lastSuccessAt: null,
  lastFailure: null,
  lookupCount: 0,
  cachedCount: 0,
};

function toState(state: ProviderState = NOTHING_KNOWN, isAsked: boolean): ProviderStateResource {
  const { quotas, closedUntil, leftAloneUntil, lastFailure } = state;
  const { lookupCount: lookups, cachedCount: cached } = state;
  const mayBeAsked = closedUntil === null && leftAloneUntil === null;
  return {
    is_healthy: isAsked && mayBeAsked && quotas.every(({ left }) => left > 0),
    paused_until: timeOf(closedUntil),
    breaker: leftAloneUntil === null ? 'closed' : 'open',
    breaker_open_until: timeOf(leftAloneUntil),
    last_success_at: timeOf(state.lastSuccessAt),
    last_failure: lastFailure && { ...lastFailure, at: formatTimestamp(lastFailure.at) },
    cache: {
      hours: COUNTED_HOURS,
      lookup_count: lookups,
      cached_count: cached,
      hit_rate: lookups === 0 ? null : cached / lookups,
    },
    quotas: quotas.map(({ limit, windowSeconds, left, resetsAt }) => ({
      limit,
      window_seconds: windowSeconds,
      left,
      resets_at: timeOf(resetsAt),
    })),
  };
}

const timeOf = (time: Date | null): string | null => time && formatTimestamp(time);

/** A version in a list. */
export function toVersionSummary({
  indicator_types: narrowed,
  lookup,
  ...record
}: ProviderVersionRecord): EnrichmentProviderVersionSummary {
  return { ...record, indicator_types: typesOf(narrowed, readLookup(lookup)) };
}

/** A version as the API shows it; an unreadable lookup of another release is left out. */
export const toVersion = (record: ProviderVersionRecord): EnrichmentProviderVersionResource => ({
  ...toVersionSummary(record),
  lookup: readLookup(record.lookup),
});

function readLookup(stored: unknown): LookupDefinition | null {
  const parsed = stored === null ? undefined : lookupSchema.safeParse(stored);
  return parsed?.success ? parsed.data : null;
}

/** Credentials from the environment are only for the vendor, or for the address in the environment. */
function sourceOf(
  { base_url, credential_names, environment }: ProviderRecord,
  name: string,
): 'api' | 'environment' | null {
  if (credential_names.includes(name)) return 'api';
  return environment.secrets.includes(name) && base_url === null ? 'environment' : null;
}

const typesOf = (narrowed: IndicatorType[], lookup: LookupDefinition | null): IndicatorType[] =>
  narrowed.length > 0 ? narrowed : (lookup?.indicator_types ?? [...INDICATOR_TYPES]);
