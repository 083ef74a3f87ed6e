/** A name without an address, with the well-known codes of `getaddrinfo`. The message may be shown. */
export class NameError extends Error {
  override name = 'NameError';
  /** `EAI_AGAIN`: the lookup failed, but may succeed later. */
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN';

  constructor(code: NameError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
