import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, type Registry } from 'prom-client';

/** Sampling interval of the event-loop delay. prom-client's default, 10 ms, keeps an idle process busy. */
const EVENT_LOOP_SAMPLE_MS = 1_000;

/** prom-client's statistics of the samples; useless, because each sample includes the sampling interval. */
const OF_EVENT_LOOP_SAMPLES = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (statistic) => `nodejs_eventloop_lag_${statistic}_seconds`,
);

/** Reports memory, CPU, handles and the event loop of this process. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
  });
  for (const name of OF_EVENT_LOOP_SAMPLES) registry.removeSingleMetric(name);
  new Counter({
    name: 'nodejs_eventloop_active_seconds_total',
    help: 'Time that the event loop was at work; its rate is the share of the time.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1_000);
    },
  });
}
