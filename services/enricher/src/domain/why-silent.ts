import { type EngineSubject } from './plan-lookups.js';
import { type ProviderSettings, type RegisteredProvider } from './provider.js';

/** Why a provider is asked about no indicator at all; undefined for one that is asked. */
export function whyAlwaysSilent(
  registered: RegisteredProvider | undefined,
  settings: Pick<ProviderSettings, 'isEnabled'> | undefined = registered?.defaults,
): string | undefined {
  if (settings?.isEnabled === false) return 'The provider is switched off.';
  return registered ? undefined : 'The provider lacks its credentials or its `base_url`.';
}

/** Whether a provider is asked about indicators of this type. */
export const takesType = (
  { supports }: Pick<RegisteredProvider['provider'], 'supports'>,
  { indicatorTypes }: Pick<ProviderSettings, 'indicatorTypes'>,
  { type }: Pick<EngineSubject, 'type'>,
): boolean => (indicatorTypes.length === 0 || indicatorTypes.includes(type)) && supports(type);

/** Why a provider is asked nothing about a subject. */
export function whySilent(
  registered: RegisteredProvider | undefined,
  settings: ProviderSettings | undefined = registered?.defaults,
  subject: EngineSubject,
): string {
  const always = whyAlwaysSilent(registered, settings);
  if (always !== undefined || !registered) return always ?? '';
  const { provider } = registered;
  return takesType(provider, settings ?? registered.defaults, subject)
    ? whyKept(provider.reach, subject)
    : `The provider is not asked about the type \`${subject.type}\`.`;
}

/** Why a value is not told to a provider of this reach. */
export function whyKept(
  reach: RegisteredProvider['provider']['reach'],
  { type, classification, isMalformed }: EngineSubject,
): string {
  if (isMalformed) return 'The value is malformed for its type.';
  if (reach === 'directory')
    return 'A directory is asked about accounts and e-mail addresses alone.';
  if (type === 'account' || type === 'email')
    return 'Accounts and e-mail addresses are sent to your own directories alone.';
  return classification === 'public'
    ? 'The value may hold a credential and is not sent outside.'
    : `The value is ${classification} and is not sent outside.`;
}
