import { repeat, type Repeated } from '@calseta/async';
import { SAME_IN_REPLICAS } from '@calseta/common';
import { type Figures, type FiguresStore, type QuotaLeft } from '@calseta/database';
import { type Metrics } from '@calseta/platform';

const INTERVAL_MS = 15_000;

type Deps = {
  store: FiguresStore;
  metrics: Metrics;
  onError: (error: unknown) => void;
};

/** Reads what stands in Postgres at an interval, and shows it as gauges. */
export function reportFigures({ store, metrics, onError }: Deps): Pick<Repeated, 'stop'> {
  const gauges = declare(metrics);
  const reading = repeat({
    intervalMs: () => INTERVAL_MS,
    work: async () => {
      show(gauges, await store.readFigures(), await store.readQuotas());
    },
    onError,
  });
  reading.trigger();
  return reading;
}

function declare(metrics: Metrics) {
  const one = <L extends string>(name: string, help: string, labels: readonly L[]) =>
    metrics.gauge(name, `${help} ${SAME_IN_REPLICAS}`, labels);
  return {
    aside: one('calseta_alerts_aside', 'Alerts that went aside: failed or quarantined.', ['stage']),
    deliveries: one('calseta_deliveries', 'Deliveries that are pending or dead.', ['status']),
    oldest: one(
      'calseta_delivery_oldest_pending_seconds',
      'Age of the oldest pending delivery.',
      [],
    ),
    disabled: one(
      'calseta_agents_disabled',
      'Agents that were switched off since they failed.',
      [],
    ),
    silent: one('calseta_sources_silent', 'Sources from which nothing comes as expected.', []),
    breakers: one('calseta_breakers_open', 'Agents and providers that are left alone.', ['of']),
    quota: one('calseta_provider_quota_left', 'Requests that a provider may be sent now.', [
      'provider',
    ]),
    auditPending: one(
      'calseta_audit_pending_seconds',
      'Age of the oldest entry of the audit log that is not yet chained.',
      [],
    ),
    version: one('calseta_config_version_newest', 'Version of the configuration in Postgres.', []),
  };
}

function show(
  gauges: ReturnType<typeof declare>,
  figures: Figures,
  quotas: readonly QuotaLeft[],
): void {
  gauges.aside.set({ stage: 'failed' }, figures.failedAlerts);
  gauges.aside.set({ stage: 'quarantined' }, figures.quarantinedAlerts);
  gauges.deliveries.set({ status: 'pending' }, figures.pendingDeliveries);
  gauges.deliveries.set({ status: 'dead' }, figures.deadDeliveries);
  gauges.oldest.set({}, figures.oldestPendingSeconds);
  gauges.disabled.set({}, figures.disabledAgents);
  gauges.silent.set({}, figures.silentSources);
  gauges.breakers.set({ of: 'agents' }, figures.openAgentBreakers);
  gauges.breakers.set({ of: 'providers' }, figures.openProviderBreakers);
  gauges.quota.reset();
  for (const { providerName, left } of quotas) gauges.quota.set({ provider: providerName }, left);
  gauges.auditPending.set({}, figures.auditPendingSeconds);
  gauges.version.set({}, figures.configVersion);
}
