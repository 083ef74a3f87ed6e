import { batched } from '@calseta/async';
import { type AlertMessage, type Lane } from '@calseta/common';
import { alertExtraction, type ExtractAlertsDeps, type ExtractedAlert } from './extract-alerts.js';
import { createHeldAlerts, type HeldAlertsOptions } from './held-alerts.js';

/** Extracts the alert of a message, and holds what was found while the work goes on; undefined when it is gone. */
export type WithExtracted = <T>(
  message: Pick<AlertMessage, 'alert_id' | 'lane'>,
  work: (alert: ExtractedAlert | undefined) => Promise<T>,
) => Promise<T>;

/** Alerts that are loaded at once. */
const MAX_LOADED_ALERTS = 32;

/** Each lane extracts and holds its own alerts, so that urgent ones never wait for normal ones. */
export function extractionLanes(
  deps: Omit<ExtractAlertsDeps, 'held'> & HeldAlertsOptions,
): WithExtracted {
  const lanes: Record<Lane, WithExtracted> = {
    normal: extractionLane(deps),
    urgent: extractionLane(deps),
  };
  return async (message, work) => await lanes[message.lane](message, work);
}

function extractionLane(deps: Omit<ExtractAlertsDeps, 'held'> & HeldAlertsOptions): WithExtracted {
  const held = createHeldAlerts(deps);
  const extract = batched(alertExtraction({ ...deps, held }), {
    maxItems: MAX_LOADED_ALERTS,
    mayLeaveItems: true,
  });
  return async (message, work) => {
    const alert = await extract(message.alert_id);
    try {
      return await work(alert);
    } finally {
      held.release(alert?.bytes ?? 0);
    }
  };
}
