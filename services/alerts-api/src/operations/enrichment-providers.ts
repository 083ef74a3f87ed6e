import {
  AppError,
  formatTimestamp,
  INDICATOR_TYPES,
  type IndicatorType,
  type Issue,
  type PageQuery,
  REQUESTS,
  type TestProvider,
} from '@calseta/common';
import {
  type ProviderChanges,
  type ProviderRecord,
  type ProviderState,
  type ProviderStateStore,
  type ProviderStore,
} from '@calseta/database';
import {
  compileLookup,
  type CreateEnrichmentProvider,
  type EnrichmentProviderResource,
  type LookupDefinition,
  lookupSchema,
  needsBaseUrl,
  type ProviderStateResource,
  type UpdateEnrichmentProvider,
} from '@calseta/http-steps';
import { type PipelineTransport } from '@calseta/messaging';
import { found } from './found.js';
import { operation } from './operation.js';
import { toPageRequest } from './page.js';
import { type ByUuid } from './resources.js';

export type EnrichmentProviderDeps = {
  providers: ProviderStore;
  providerStates: ProviderStateStore;
  transport: Pick<PipelineTransport, 'request'>;
};

export type EnrichmentProviderOperations = ReturnType<typeof enrichmentProviderOperations>;

/** Enrichment providers: credentials, quotas, and how they are asked and their answers are read. */
export const enrichmentProviderOperations = (deps: EnrichmentProviderDeps) => {
  const { providers, transport } = deps;
  const show = async (record: ProviderRecord): Promise<EnrichmentProviderResource> => {
    const states = await deps.providerStates.load([record.name]);
    return toResource(record, states.get(record.name));
  };
  return {
    list: operation({ scope: 'enrichments:read' }, async (query: PageQuery) => {
      const page = await providers.list(toPageRequest(query));
      const states = await deps.providerStates.load(page.items.map(({ name }) => name));
      return { ...page, items: page.items.map((item) => toResource(item, states.get(item.name))) };
    }),
    get: operation(
      { scope: 'enrichments:read' },
      async ({ uuid }: ByUuid) =>
        await show(found('enrichment provider', await providers.get(uuid))),
    ),
    create: operation({ scope: 'admin' }, async (input: CreateEnrichmentProvider) => {
      const { auth, secrets, steps, fields, malice, indicator_types, title, ...settings } = input;
      const lookup = checked({
        indicator_types,
        ...(auth && { auth }),
        ...(secrets && { secrets }),
        steps,
        fields,
        malice,
      });
      refuseUnknownCredentials(lookup, input.credentials);
      const record = await providers.create({
        ...settings,
        title: title ?? input.name,
        indicator_types,
        base_url: settings.base_url ?? null,
        lookup,
      });
      return await show(record);
    }),
    update: operation(
      { scope: 'admin' },
      async ({ uuid, changes }: ByUuid & { changes: UpdateEnrichmentProvider }) => {
        const current = found('enrichment provider', await providers.get(uuid));
        const updated = await providers.update(uuid, toChanges(current, changes));
        return await show(found('enrichment provider', updated));
      },
    ),
    remove: operation({ scope: 'admin' }, async ({ uuid }: ByUuid) => {
      const { origin } = found('enrichment provider', await providers.get(uuid));
      if (origin !== 'custom')
        throw new AppError(
          'resource.conflict',
          'A provider that comes with Calseta can be switched off (`is_active`), not deleted.',
        );
      found('enrichment provider', (await providers.remove(uuid)) || undefined);
    }),
    /** Asks the provider about one indicator, or reads recorded answers as if they were the provider's. */
    test: operation(
      { scope: 'admin' },
      async ({ uuid, ...input }: ByUuid & TestProvider, { traceparent }) => {
        found('enrichment provider', await providers.get(uuid));
        return await transport.request(
          REQUESTS.testProvider,
          { ...input, provider_uuid: uuid },
          { traceparent },
        );
      },
    ),
  };
};

/** Returns the lookup after checking its placeholders and names. Throws `request.invalid`. */
function checked(lookup: LookupDefinition): LookupDefinition {
  const compiled = compileLookup(lookup);
  if (!compiled.ok) throw invalid(compiled.issues);
  return lookup;
}

const invalid = (issues: Issue[]): AppError =>
  new AppError('request.invalid', 'The provider cannot be asked like this.', { issues });

function toChanges(current: ProviderRecord, changes: UpdateEnrichmentProvider): ProviderChanges {
  const { auth, secrets, steps, fields, malice, ...settings } = changes;
  const given = { auth, secrets, steps, fields, malice };
  const isRewritten = Object.values(given).some((part) => part !== undefined);
  const before = current.lookup === null ? undefined : lookupSchema.parse(current.lookup);
  if (isRewritten && current.origin !== 'custom')
    throw invalid([
      {
        pointer: '',
        message: 'steps and fields of a provider that comes with Calseta stay as they are',
      },
    ]);
  const lookup = isRewritten && before ? checked(withChanges(before, given)) : before;
  refuseUnknownCredentials(lookup, changes.credentials ?? {});
  refuseToMoveCredentials(current, changes, lookup?.secrets ?? []);
  return { ...settings, ...(isRewritten && lookup && { lookup }) };
}

/** Keeps the parts that are not given. */
const withChanges = (
  before: LookupDefinition,
  given: { [K in keyof LookupDefinition]?: LookupDefinition[K] | undefined },
): LookupDefinition =>
  lookupSchema.parse({
    ...before,
    ...Object.fromEntries(Object.entries(given).filter(([, part]) => part !== undefined)),
  });

function refuseUnknownCredentials(
  lookup: LookupDefinition | undefined,
  credentials: Readonly<Record<string, unknown>>,
): void {
  const known = lookup?.secrets ?? [];
  const issues = Object.keys(credentials)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      pointer: `/credentials/${name}`,
      message:
        known.length === 0 ? 'the provider takes no credentials' : `known are ${known.join(', ')}`,
    }));
  if (issues.length > 0) throw invalid(issues);
}

/** Credentials for the old address must not be sent to a new one. */
function refuseToMoveCredentials(
  current: ProviderRecord,
  { base_url: url, credentials = {} }: UpdateEnrichmentProvider,
  secrets: readonly string[],
): void {
  if (
    url === undefined ||
    originOf(url ?? addressOf(current, null)) === originOf(addressOf(current))
  )
    return;
  const issues = secrets
    .filter((name) => !Object.hasOwn(credentials, name))
    .filter((name) => url !== null || current.credential_names.includes(name))
    .map((name) => ({
      pointer: `/credentials/${name}`,
      message: 'has to be given anew for another scheme, host or port, or null to drop it',
    }));
  if (issues.length > 0)
    throw new AppError(
      'request.invalid',
      'Credentials do not follow a provider to another origin.',
      {
        issues,
      },
    );
}

const originOf = (url: string | null): string | undefined =>
  url === null ? undefined : new URL(url).origin;

/** Address of the provider: set by an operator, else by the environment, else the vendor's own. */
const addressOf = (
  { base_url, environment }: ProviderRecord,
  own: string | null = base_url,
): string | null => own ?? environment.base_url ?? environment.vendor_url ?? null;

/** The resource as the API shows it; an unreadable lookup of another version is left out. */
function toResource(
  record: ProviderRecord,
  state: ProviderState | undefined,
): EnrichmentProviderResource {
  const { lookup: stored, indicator_types: narrowed } = record;
  const parsed = stored === null ? undefined : lookupSchema.safeParse(stored);
  const lookup = parsed?.success ? parsed.data : null;
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

const toState = (
  { quotas, closedUntil }: ProviderState = { quotas: [], closedUntil: null },
  isAsked: boolean,
): ProviderStateResource => ({
  is_healthy: isAsked && closedUntil === null && quotas.every(({ left }) => left > 0),
  paused_until: closedUntil && formatTimestamp(closedUntil),
  quotas: quotas.map(({ limit, windowSeconds, left, resetsAt }) => ({
    limit,
    window_seconds: windowSeconds,
    left,
    resets_at: resetsAt && formatTimestamp(resetsAt),
  })),
});

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
