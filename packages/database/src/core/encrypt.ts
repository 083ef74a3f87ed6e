/** Encrypts a secret before it is stored; the caller holds the key. */
export type Encrypt = (plaintext: string) => string;
