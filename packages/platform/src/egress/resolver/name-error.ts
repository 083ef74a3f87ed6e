/** A name that has no address, by the codes of `getaddrinfo` that operators know. The message may be shown. */
export class NameError extends Error {
  override name = 'NameError';
  /** `EAI_AGAIN`: it could not be learnt, and may be later. */
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';

  constructor(code: NameError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
