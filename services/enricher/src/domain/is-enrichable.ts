import { type LookupSubject, type Provider, type ProviderSettings } from './provider.js';

/**
 * Whether a provider is asked about an indicator at all.
 *
 * | indicator                                    | local providers | outside providers |
 * | -------------------------------------------- | --------------- | ----------------- |
 * | public                                       | yes             | yes               |
 * | private, reserved, internal, constant, …     | yes             | no                |
 * | malformed                                    | no              | no                |
 */
export function isEnrichable(
  subject: LookupSubject & { isMalformed: boolean },
  provider: Pick<Provider, 'reach' | 'supports'>,
  settings: Pick<ProviderSettings, 'isEnabled' | 'indicatorTypes'>,
): boolean {
  if (subject.isMalformed || !settings.isEnabled || !provider.supports(subject.type)) return false;
  const { indicatorTypes } = settings;
  if (indicatorTypes.length > 0 && !indicatorTypes.includes(subject.type)) return false;
  return provider.reach === 'local' || subject.classification === 'public';
}
