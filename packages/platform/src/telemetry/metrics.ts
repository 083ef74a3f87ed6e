import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { collectProcessMetrics } from './process-metrics.js';

export { type Counter } from 'prom-client';

/** Histogram buckets, seconds. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Known values of each label; `OPEN` for a label with unknown values. */
export type KnownLabels<L extends string> = Readonly<Record<L, readonly string[]>>;

export const OPEN: readonly string[] = [];

/**
 * The instruments of one process. Each part declares the ones it uses. Declaring one again returns the same instrument,
 * so that services in one process share it. Series with known labels start at 0: Prometheus sees no increase in a
 * series that starts at 1, so alerts would miss the first event. A label that is `OPEN` has no series before its first
 * event.
 */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(name: string, help: string, labels: KnownLabels<L>): Counter<L>;
  /** Has no series before it is set. */
  gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L>;
  /** A gauge without labels that is read at each scrape. */
  watch(name: string, help: string, read: () => number): void;
  histogram<L extends string>(
    name: string,
    help: string,
    labels: KnownLabels<L>,
    buckets?: readonly number[],
  ): Histogram<L>;
}

/** Creates the registry of a process, with Node's own metrics. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const registers = [registry];
  const begun = new Set<string>();
  const declared = <T>(name: string, make: () => T): T =>
    (registry.getSingleMetric(name) as T | undefined) ?? make();

  /** Calls `begin` only for series that are not declared yet: otherwise a histogram would lose its counts. */
  function beginSeries<L extends string>(
    name: string,
    labels: KnownLabels<L>,
    begin: (series: Record<L, string>) => void,
  ): void {
    for (const series of combine(labels)) {
      const key = JSON.stringify([name, series]);
      if (!begun.has(key)) begin(series);
      begun.add(key);
    }
  }

  return {
    registry,
    counter<L extends string>(name: string, help: string, labels: KnownLabels<L>) {
      const labelNames = namesOf(labels);
      const counter = declared(name, () => new Counter({ name, help, labelNames, registers }));
      beginSeries(name, labels, (series) => counter.inc(series, 0));
      return counter;
    },
    gauge: (name, help, labelNames) =>
      declared(name, () => new Gauge({ name, help, labelNames, registers })),
    watch(name, help, read) {
      const collect = function (this: Gauge) {
        this.set(read());
      };
      declared(name, () => new Gauge({ name, help, registers, collect }));
    },
    histogram<L extends string>(
      name: string,
      help: string,
      labels: KnownLabels<L>,
      buckets: readonly number[] = SECONDS,
    ) {
      const labelNames = namesOf(labels);
      const make = () =>
        new Histogram({ name, help, labelNames, buckets: [...buckets], registers });
      const histogram = declared(name, make);
      beginSeries(name, labels, (series) => histogram.zero(series));
      return histogram;
    },
  };
}

const namesOf = <L extends string>(labels: KnownLabels<L>): L[] => Object.keys(labels) as L[];

/** Every combination of known values; none when a label is open. */
function combine<L extends string>(labels: KnownLabels<L>): Record<L, string>[] {
  return namesOf(labels).reduce<Record<L, string>[]>(
    (series, name) =>
      series.flatMap((one) => labels[name].map((value) => ({ ...one, [name]: value }))),
    [{} as Record<L, string>],
  );
}
