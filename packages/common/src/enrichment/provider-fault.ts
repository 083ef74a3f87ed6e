export const PROVIDER_FAULTS = [
  'auth',
  'transient',
  'unreadable',
  'refused',
  'timeout',
  'quota',
] as const;
/** Why a provider did not answer; `auth` needs an operator. */
export type ProviderFault = (typeof PROVIDER_FAULTS)[number];
