import { type Repeated } from '@calseta/async';
import {
  createApprovalStore,
  createAuditStore,
  createFiguresStore,
  createHousekeepingStore,
  createSilenceStore,
  createTallyStore,
  type Database,
} from '@calseta/database';
import { logFailures, type Telemetry } from '@calseta/platform';
import { type AlertsApiConfig } from '../config.js';
import { startApprovalExpiry } from './expire-approvals.js';
import { startHousekeeping } from './housekeeping.js';
import { startAuditKeeping } from './keep-audit.js';
import { reportFigures } from './report-figures.js';
import { startTallying } from './tally-alerts.js';
import { startSourceWatch } from './watch-sources.js';

export type JobsDeps = { config: AlertsApiConfig; database: Database; telemetry: Telemetry };

/** What runs at intervals beside the requests. */
export function startJobs({ config, database, telemetry }: JobsDeps): Pick<Repeated, 'stop'>[] {
  const { log, metrics } = telemetry;
  return [
    startApprovalExpiry({
      store: createApprovalStore(database),
      onError: logFailures(log, 'approvals.expire_failed'),
    }),
    startHousekeeping({
      store: createHousekeepingStore(database),
      giveUpAfterMs: config.DELIVERY_GIVE_UP_MS,
      stepsKeptDays: config.WORKFLOW_STEPS_KEPT_DAYS,
      alertsKeptDays: config.RETENTION_DAYS,
      onAlertsDeleted: deletedReporter(telemetry),
      onError: logFailures(log, 'housekeeping.failed'),
    }),
    startSourceWatch({
      store: createSilenceStore(database),
      onError: logFailures(log, 'sources.watch_failed'),
    }),
    startAuditKeeping({
      store: createAuditStore(database),
      keptDays: config.AUDIT_RETENTION_DAYS,
      textsKeptDays: config.AUDIT_TEXT_RETENTION_DAYS,
      onError: logFailures(log, 'audit.keeping_failed'),
    }),
    startTallying({
      store: createTallyStore(database),
      onError: logFailures(log, 'metrics.tally_failed'),
    }),
    reportFigures({
      store: createFiguresStore(database),
      metrics,
      onError: logFailures(log, 'figures.failed'),
    }),
  ];
}

/** A line and a counter of what went because of its age. */
function deletedReporter({ log, metrics }: Telemetry): (count: number) => void {
  const deleted = metrics.counter(
    'calseta_alerts_deleted_by_age_total',
    'Closed alerts that were deleted because RETENTION_DAYS had passed.',
    {},
  );
  return (count) => {
    deleted.inc({}, count);
    log.info('alerts.deleted_by_age', { count });
  };
}
