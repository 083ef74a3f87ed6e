import { type Database } from '@calseta/database';

/** Values of the indicators whose counters differ from a count of their alerts. */
export async function miscountedIndicators(database: Pick<Database, 'query'>): Promise<string[]> {
  const { rows } = await database.query<{ value: string }>(MISCOUNTED);
  return rows.map(({ value }) => value);
}

const MISCOUNTED = `
  SELECT i.value FROM indicators i
   CROSS JOIN LATERAL (
     SELECT count(*) AS alerts,
            count(*) FILTER (WHERE coalesce(a.malice_override, a.malice) = 'Benign') AS benign,
            count(*) FILTER (WHERE coalesce(a.malice_override, a.malice) = 'Suspicious') AS suspicious,
            count(*) FILTER (WHERE coalesce(a.malice_override, a.malice) = 'Malicious') AS malicious,
            count(*) FILTER (WHERE a.malice_override = 'Malicious') AS confirmed
       FROM alert_indicators l JOIN alerts a ON a.id = l.alert_id WHERE l.indicator_id = i.id) counted
   WHERE (i.alert_count, i.benign_alerts, i.suspicious_alerts, i.malicious_alerts, i.confirmed_malicious_alerts)
         <> (counted.alerts, counted.benign, counted.suspicious, counted.malicious, counted.confirmed)`;
