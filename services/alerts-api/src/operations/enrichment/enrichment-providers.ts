import { AppError, type Issue, type PageQuery, REQUESTS, type TestProvider } from '@calseta/common';
import {
  type ProviderChanges,
  type ProviderRecord,
  type ProviderStateStore,
  type ProviderStore,
  type ProviderVersionStore,
} from '@calseta/database';
import {
  compileLookup,
  type CreateEnrichmentProvider,
  type EnrichmentProviderResource,
  type LookupDefinition,
  lookupSchema,
  type UpdateEnrichmentProvider,
} from '@calseta/http-steps';
import { type PipelineTransport } from '@calseta/messaging';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type RecordingDeps } from '../access/audit.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';
import { addressOf, toResource, toVersion, toVersionSummary } from './show-provider.js';

export type EnrichmentProviderDeps = RecordingDeps & {
  providers: ProviderStore;
  providerStates: ProviderStateStore;
  providerVersions: ProviderVersionStore;
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
    ...versionOperations(deps),
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
        const subject = { resourceType: 'enrichment_provider', resourceId: uuid };
        await deps.audit.record({ verb: 'test_requested', ...subject });
        return await transport.request(
          REQUESTS.testProvider,
          { ...input, provider_uuid: uuid },
          { traceparent },
        );
      },
    ),
  };
};

const versionOperations = ({
  providerVersions,
}: Pick<EnrichmentProviderDeps, 'providerVersions'>) => ({
  listVersions: operation(
    { scope: 'enrichments:read' },
    async ({ uuid, ...query }: ByUuid & PageQuery) => {
      const page = await providerVersions.list(uuid, toPageRequest(query));
      const { items, ...rest } = found('enrichment provider', page);
      return { ...rest, items: items.map(toVersionSummary) };
    },
  ),
  getVersion: operation(
    { scope: 'enrichments:read' },
    async ({ uuid, version }: ByUuid & { version: number }) =>
      toVersion(
        found('version of this enrichment provider', await providerVersions.get(uuid, version)),
      ),
  ),
});

/** Returns the lookup after checking its placeholders and names. Throws `request.invalid`. */
function checked(lookup: LookupDefinition): LookupDefinition {
  const compiled = compileLookup(lookup);
  if (!compiled.ok) throw invalid(compiled.issues);
  return lookup;
}

const invalid = (issues: Issue[]): AppError =>
  new AppError('request.invalid', 'The definition of the provider has mistakes.', { issues });

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
