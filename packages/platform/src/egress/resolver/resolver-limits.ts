export type ResolverLimits = {
  /** Time from query to answer, including the wait for a place, ms. */
  lookupTimeoutMs: number;
  /** Names looked up at once; each uses a socket. */
  maxLookups: number;
  /** Places for names whose last lookup failed. */
  maxSuspectLookups: number;
  /** Maximum number of names that wait for a place, and of cached names. */
  maxNames: number;
  /** Longest time that addresses are cached, ms; their TTL may be shorter. */
  maxKnownMs: number;
  /** How long a missing or failed name is cached, ms. */
  unknownMs: number;
  /** Greatest age of the data from the hosts file and resolv.conf, ms. */
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
