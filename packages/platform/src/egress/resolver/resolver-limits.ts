export type ResolverLimits = {
  /** From the question to the answer, waiting for a place included, ms. */
  lookupTimeoutMs: number;
  /** Names that DNS is asked for at a time; each takes a socket. */
  maxLookups: number;
  /** Of those, names that could not be learnt the last time. */
  maxSuspectLookups: number;
  /** Names that wait for a place, and names whose answer is kept. */
  maxNames: number;
  /** Longest time that addresses are kept, ms; their TTL may say less. */
  maxKnownMs: number;
  /** How long it is kept that a name has no address or could not be learnt, ms. */
  unknownMs: number;
  /** How old what is known of the hosts file and resolv.conf may be, ms. */
  reloadMs: number;
};

export const RESOLVER_LIMITS: ResolverLimits = {
  lookupTimeoutMs: 5_000,
  maxLookups: 256,
  maxSuspectLookups: 64,
  maxNames: 10_000,
  maxKnownMs: 10_000,
  unknownMs: 5_000,
  reloadMs: 5_000,
};
