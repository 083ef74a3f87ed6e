import { isAboveTlp, type Role, type Tlp } from '@calseta/common';
import { type Provider, type ProviderSettings } from './provider.js';

/** What an alert says about an indicator of it. */
export type SkipFacts = { role?: Role | undefined; tlp?: Tlp | undefined };

/** Why a provider is not told of an indicator that it could answer about; undefined when it may be asked. */
export function whySkipped(
  { reach }: Pick<Provider, 'reach'>,
  { maxTlp, roles = [] }: Pick<ProviderSettings, 'maxTlp' | 'roles'>,
  { role, tlp }: SkipFacts,
): string | undefined {
  if (reach === 'local') return undefined;
  if (tlp && maxTlp && isAboveTlp(tlp, maxTlp))
    return `The alert is TLP:${tlp}; the provider is told of alerts up to TLP:${maxTlp}.`;
  if (role && roles.length > 0 && !roles.includes(role))
    return `The provider is not asked about the role \`${role}\`, only about ${roles.join(', ')}.`;
  return undefined;
}
