import { type LookupSubject, type Provider, type ProviderSettings } from './provider.js';

/**
 * Whether a provider is asked about an indicator at all.
 *
 * | indicator                                    | local | own directory | outside |
 * | -------------------------------------------- | ----- | ------------- | ------- |
 * | public address, domain, hash, URL            | yes   | no            | yes     |
 * | account, e-mail address                      | yes   | yes           | no      |
 * | URL with credentials in it                   | yes   | no            | no      |
 * | private, reserved, internal, constant, …     | yes   | no            | no      |
 * | malformed                                    | no    | no            | no      |
 */
export function isEnrichable(
  subject: LookupSubject & { isMalformed: boolean },
  provider: Pick<Provider, 'reach' | 'supports'>,
  settings: Pick<ProviderSettings, 'isEnabled' | 'indicatorTypes'>,
): boolean {
  if (subject.isMalformed || !settings.isEnabled || !provider.supports(subject.type)) return false;
  const { indicatorTypes } = settings;
  if (indicatorTypes.length > 0 && !indicatorTypes.includes(subject.type)) return false;
  switch (provider.reach) {
    case 'local':
      return true;
    case 'directory':
      return isPersonal(subject) && ['public', 'internal'].includes(subject.classification);
    case 'outside':
      return subject.classification === 'public' && !isPersonal(subject) && !holdsSecret(subject);
  }
}

const isPersonal = ({ type }: LookupSubject): boolean => type === 'account' || type === 'email';

/** Names of query parameters that let their reader in. */
const SECRET_PARAMETER =
  /^(?:.*token|.*secret|.*password|passwd|pwd|api[_-]?key|key|code|sig|signature|session(?:id)?|sid|auth|authorization|otp|jwt|saml(?:request|response))$/i;

/** Whether a URL would give somebody's access away: user information, or a parameter that is named like a secret. */
function holdsSecret({ type, value }: LookupSubject): boolean {
  if (type !== 'url' || !URL.canParse(value)) return false;
  const { username, password, searchParams } = new URL(value);
  return (
    username !== '' ||
    password !== '' ||
    [...searchParams.keys()].some((name) => SECRET_PARAMETER.test(name))
  );
}
