import { INDICATOR_TYPES } from '@calseta/common';
import {
  type Provider,
  type ProviderSettings,
  type RegisteredProvider,
} from '../../src/domain/provider.js';

export type TestProvider = RegisteredProvider & {
  /** Values that it was asked about. */
  asked: string[];
};

/** A provider that does what the test wants. */
export function aProvider(
  name: string,
  lookup: Provider['lookup'],
  settings: Partial<ProviderSettings> & { reach?: Provider['reach'] } = {},
): TestProvider {
  const asked: string[] = [];
  const { reach = 'outside', ...overrides } = settings;
  return {
    asked,
    provider: {
      name,
      reach,
      supports: () => true,
      lookup: async (subject, context) => {
        asked.push(subject.value);
        return await lookup(subject, context);
      },
    },
    defaults: {
      isEnabled: true,
      configVersion: 1,
      indicatorTypes: INDICATOR_TYPES,
      reliability: 0.9,
      ttlSeconds: 3_600,
      negativeTtlSeconds: 60,
      timeoutMs: 5_000,
      ...overrides,
    },
  };
}
