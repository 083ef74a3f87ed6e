import { type StoredProviderSettings } from '@calseta/database';
import { compileLookup, lookupSchema, needsBaseUrl, NO_BASE } from '@calseta/http-steps';
import { type Cipher } from '@calseta/platform';
import { type RegisteredProvider } from '../../domain/provider.js';
import { type GivenByEnvironment } from './environment.js';
import { type HttpProviderDeps, httpProvider, type HttpProviderSetup } from './http-provider.js';

export type OutsideDeps = HttpProviderDeps & {
  environment: ReadonlyMap<string, GivenByEnvironment>;
  cipher: Pick<Cipher, 'decrypt'>;
  /** Called for a row that cannot be used. */
  onUnusable(provider: string, problem: string): void;
};

export type OutsideProviders = {
  /** Those of the rows that are configured; the others are asked nothing. */
  from(rows: readonly StoredProviderSettings[]): RegisteredProvider[];
  /** How one row is asked, configured or not. */
  setUp(row: StoredProviderSettings): HttpProviderSetup | undefined;
};

/** Makes providers of rows. */
export function createOutsideProviders(deps: OutsideDeps): OutsideProviders {
  const setUp = (row: StoredProviderSettings) => setUpOf(row, deps);

  return {
    setUp,
    from: (rows) =>
      rows.flatMap((row) => {
        const setup = row.lookup === null ? undefined : setUp(row);
        if (!setup || !isConfigured(setup)) return [];
        return [{ provider: httpProvider(setup, deps), defaults: row }];
      }),
  };
}

const isConfigured = ({ lookup, secrets, baseUrl }: HttpProviderSetup): boolean =>
  lookup.secrets.every((name) => Object.hasOwn(secrets, name)) && baseUrl !== '';

/** Undefined for a row that cannot be used, which is reported: rows are checked when they are written. */
function setUpOf(
  row: StoredProviderSettings,
  { environment, cipher, onUnusable }: OutsideDeps,
): HttpProviderSetup | undefined {
  const parsed = lookupSchema.safeParse(row.lookup);
  const compiled = parsed.success ? compileLookup(parsed.data) : undefined;
  if (!parsed.success || !compiled?.ok) {
    onUnusable(row.name, 'its steps do not fit this version');
    return undefined;
  }
  const given = environment.get(row.name);
  return {
    name: row.name,
    lookup: compiled.value,
    secrets: secretsOf(row, given, cipher),
    ...addressOf(row, given, needsBaseUrl(parsed.data)),
    isOwnDirectory: row.isOwnDirectory,
    quotas: row.quotas,
    timeoutMs: row.timeoutMs,
  };
}

/** Credentials of the environment are for the vendor, or for the base URL that the environment names. */
const secretsOf = (
  { baseUrl, credentials }: StoredProviderSettings,
  given: GivenByEnvironment | undefined,
  cipher: OutsideDeps['cipher'],
): Record<string, string> => ({
  ...(baseUrl === null && given?.secrets),
  ...Object.fromEntries(
    Object.entries(credentials).map(([name, text]) => [name, cipher.decrypt(text)]),
  ),
});

function addressOf(
  { baseUrl: own }: StoredProviderSettings,
  given: GivenByEnvironment | undefined,
  isNeeded: boolean,
): Pick<HttpProviderSetup, 'baseUrl' | 'replacesOrigin'> {
  const replacement = own ?? given?.baseUrl;
  const otherwise = given?.vendorUrl ?? (isNeeded ? '' : NO_BASE);
  return { baseUrl: replacement ?? otherwise, replacesOrigin: replacement !== undefined };
}
