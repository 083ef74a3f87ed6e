/** Port: creates the metrics of a process. Series with known labels start at 0. */
export interface Instruments {
  counter<L extends string>(
    name: string,
    help: string,
    labels: Readonly<Record<L, readonly string[]>>,
  ): { inc(labels: Record<L, string>, value?: number): void };
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
  ): { set(labels: Record<L, string>, value: number): void };
  histogram<L extends string>(
    name: string,
    help: string,
    labels: Readonly<Record<L, readonly string[]>>,
    buckets?: readonly number[],
  ): { observe(labels: Record<L, string>, value: number): void };
}
