import { type Transaction } from '../../core/database.js';

/**
 * Adds the verdicts on alerts to the counters of their indicators. Whoever changes verdicts or links of alerts holds the
 * locks of the alerts and indicators, subtracts them before and adds them after.
 */
export const addVerdicts = (client: Pick<Transaction, 'send'>, alertIds: readonly string[]): void =>
  client.send(COUNT_VERDICTS, [alertIds, 1]);

/** Takes the verdicts on alerts out of the counters of their indicators. */
export const subtractVerdicts = (
  client: Pick<Transaction, 'send'>,
  alertIds: readonly string[],
): void => client.send(COUNT_VERDICTS, [alertIds, -1]);

/** Takes alerts out of the counters of their indicators, before their links are written anew. */
export const subtractAlerts = (
  client: Pick<Transaction, 'send'>,
  alertIds: readonly string[],
): void => {
  subtractVerdicts(client, alertIds);
  client.send(SUBTRACT_ALERTS, [alertIds]);
};

const COUNT_VERDICTS = `
  UPDATE indicators i
     SET benign_alerts = i.benign_alerts + $2 * counted.benign,
         suspicious_alerts = i.suspicious_alerts + $2 * counted.suspicious,
         malicious_alerts = i.malicious_alerts + $2 * counted.malicious,
         confirmed_malicious_alerts = i.confirmed_malicious_alerts + $2 * counted.confirmed
    FROM (SELECT l.indicator_id,
                 count(*) FILTER (WHERE verdict = 'Benign')::int AS benign,
                 count(*) FILTER (WHERE verdict = 'Suspicious')::int AS suspicious,
                 count(*) FILTER (WHERE verdict = 'Malicious')::int AS malicious,
                 count(*) FILTER (WHERE a.malice_override = 'Malicious')::int AS confirmed
            FROM alerts a
           CROSS JOIN LATERAL (SELECT coalesce(a.malice_override, a.malice) AS verdict) v
            JOIN alert_indicators l ON l.alert_id = a.id
           WHERE a.id = ANY($1::uuid[]) AND v.verdict <> 'Pending'
           GROUP BY l.indicator_id) counted
   WHERE i.id = counted.indicator_id`;

const SUBTRACT_ALERTS = `
  UPDATE indicators i SET alert_count = i.alert_count - counted.alerts
    FROM (SELECT indicator_id, count(*)::int AS alerts FROM alert_indicators
           WHERE alert_id = ANY($1::uuid[]) GROUP BY indicator_id) counted
   WHERE i.id = counted.indicator_id`;
