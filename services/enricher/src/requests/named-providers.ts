import { AppError } from '@calseta/common';
import { type EngineSubject } from '../domain/plan-lookups.js';
import { type ProviderSettings, type RegisteredProvider } from '../domain/provider.js';
import { whySilent } from '../domain/why-silent.js';

/** Answers for providers that a request names. */
export type NamedProviders = {
  /** Throws `request.invalid` for a name that no provider has. */
  assertKnown(names: readonly string[] | undefined): Promise<void>;
  /** Why each of these providers is asked nothing about a subject. */
  whySilent(names: readonly string[], subject: EngineSubject): Promise<ReadonlyMap<string, string>>;
};

export type NamedProvidersDeps = {
  /** Those that are configured. */
  providers(): Promise<readonly RegisteredProvider[]>;
  /** By name, of those that have some. */
  settings(): Promise<ReadonlyMap<string, ProviderSettings>>;
};

export const namedProviders = ({ providers, settings }: NamedProvidersDeps): NamedProviders => ({
  async assertKnown(names = []) {
    if (names.length === 0) return;
    const known = new Set([
      ...(await providers()).map(({ provider }) => provider.name),
      ...(await settings()).keys(),
    ]);
    const issues = names.flatMap((name, index) =>
      known.has(name)
        ? []
        : [{ pointer: `/providers/${index}`, message: `known are ${[...known].join(', ')}` }],
    );
    if (issues.length > 0)
      throw new AppError('request.invalid', 'No provider has this name.', { issues });
  },

  async whySilent(names, subject) {
    if (names.length === 0) return new Map();
    const configured = new Map((await providers()).map((one) => [one.provider.name, one]));
    const all = await settings();
    return new Map(
      names.map((name) => [name, whySilent(configured.get(name), all.get(name), subject)]),
    );
  },
});
