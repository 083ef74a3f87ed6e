import { type EngineSubject } from './plan-lookups.js';
import { type ProviderSettings, type RegisteredProvider } from './provider.js';

const SWITCHED_OFF = 'The provider is switched off.';
const NOT_CONFIGURED = 'The provider lacks its credentials or its `base_url`.';

/** Why a provider is asked about no indicator at all; undefined for one that is asked. */
export function whyAlwaysSilent(
  registered: RegisteredProvider | undefined,
  settings: Pick<ProviderSettings, 'isEnabled'> | undefined = registered?.defaults,
): string | undefined {
  if (settings?.isEnabled === false) return SWITCHED_OFF;
  return registered ? undefined : NOT_CONFIGURED;
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
  if (settings?.isEnabled === false) return SWITCHED_OFF;
  if (!registered) return NOT_CONFIGURED;
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
