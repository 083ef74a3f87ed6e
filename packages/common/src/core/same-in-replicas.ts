/** Ends the help of a gauge that is read from a shared server. */
export const SAME_IN_REPLICAS =
  'Every replica reports the same number: take the maximum, not the sum.';
