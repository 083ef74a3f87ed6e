import { type BuiltinRow } from '@calseta/database';
import { secretText } from '@calseta/platform';
import { z } from 'zod';
import { type BuiltinProvider } from '../builtin/builtin-provider.js';
import { BUILTIN_PROVIDERS } from '../builtin/index.js';

/** What the environment says about one built-in provider. */
export type GivenByEnvironment = {
  secrets: Readonly<Record<string, string>>;
  /** Stands for the vendor's own address. */
  baseUrl?: string;
  vendorUrl?: string;
};

const baseUrl = z
  .string()
  .transform((text) => (/^https?:\/\//.test(text) ? text : `https://${text}`))
  .pipe(z.url({ protocol: /^https?$/ }));

const titlesOf = (variable: string): string =>
  BUILTIN_PROVIDERS.filter(({ variables }) => Object.values(variables.secrets).includes(variable))
    .map(({ title }) => title)
    .join(', ');

const secretVariables = [
  ...new Set(BUILTIN_PROVIDERS.flatMap(({ variables }) => Object.values(variables.secrets))),
];

/** A variable for each credential, and one for each base URL. */
export const providerConfig: Record<string, z.ZodType> = {
  ...Object.fromEntries(
    secretVariables.map((variable) => [
      variable,
      secretText()
        .optional()
        .describe(`Credential of ${titlesOf(variable)}.`),
    ]),
  ),
  ...Object.fromEntries(
    BUILTIN_PROVIDERS.flatMap(({ title, variables }) =>
      variables.base_url === undefined
        ? []
        : [
            [
              variables.base_url,
              baseUrl
                .optional()
                .describe(
                  variables.base_url === 'OKTA_DOMAIN'
                    ? 'Domain of the Okta organisation: `acme.okta.com`.'
                    : `Stands for scheme and host of ${title}, for a proxy or a stand-in.`,
                ),
            ],
          ],
    ),
  ),
};

type Values = Readonly<Record<string, unknown>>;

/** Reads from the configuration what it says about the built-in providers, by name. */
export const readEnvironment = (config: Values): ReadonlyMap<string, GivenByEnvironment> =>
  new Map(BUILTIN_PROVIDERS.map((provider) => [provider.name, givenFor(provider, config)]));

function givenFor(
  { variables, base_url: vendorUrl }: BuiltinProvider,
  config: Values,
): GivenByEnvironment {
  const secrets = Object.entries(variables.secrets).flatMap(([name, variable]) => {
    const secret = config[variable] as { reveal(): string } | undefined;
    return secret ? [[name, secret.reveal()] as const] : [];
  });
  const given = variables.base_url === undefined ? undefined : config[variables.base_url];
  return {
    secrets: Object.fromEntries(secrets),
    ...(typeof given === 'string' && { baseUrl: given }),
    ...(vendorUrl !== undefined && { vendorUrl }),
  };
}

/** The rows of the built-in providers, with what this environment gives to each. */
export const builtinRows = (environment: ReadonlyMap<string, GivenByEnvironment>): BuiltinRow[] =>
  BUILTIN_PROVIDERS.map((provider) => {
    const given = environment.get(provider.name);
    return {
      name: provider.name,
      title: provider.title,
      lookup: provider.lookup,
      environment: {
        secrets: Object.keys(given?.secrets ?? {}).sort(),
        ...(given?.baseUrl !== undefined && { base_url: given.baseUrl }),
        ...(provider.base_url !== undefined && { vendor_url: provider.base_url }),
      },
      quotas: provider.quotas,
      ttls: provider.ttls,
      reliability: provider.reliability,
      timeout_ms: provider.timeout_ms,
      is_own_directory: provider.is_own_directory ?? false,
      roles: provider.roles ?? [],
      is_active: provider.is_active ?? true,
    };
  });
