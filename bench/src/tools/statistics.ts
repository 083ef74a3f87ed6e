export type Percentiles = { p50: number; p95: number; p99: number; max: number };

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Nearest rank: each result is a measured value. */
export function percentiles(values: readonly number[] | Float64Array): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const rank = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), max: rank(1) };
}

/** Share of the first events that is not counted, because the code is still being compiled. */
const WARM_UP_SHARE = 0.2;

/** Events a second, from their times (ms), without the first fifth of them. */
export function steadyRate(timesMs: readonly number[]): number {
  const sorted = Float64Array.from(timesMs).sort();
  const from = Math.floor(sorted.length * WARM_UP_SHARE);
  const ms = (sorted.at(-1) ?? Number.NaN) - (sorted[from] ?? Number.NaN);
  return ((sorted.length - 1 - from) * 1_000) / ms;
}
