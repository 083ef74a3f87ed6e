import { type IndicatorType } from '@calseta/common';
import { type Transaction } from '../../core/database.js';

export type IndicatorsToLock = {
  ids?: readonly string[];
  /** Those that are linked to these alerts. */
  ofAlerts?: readonly string[];
  /** Those of these values that exist. */
  keys?: readonly { type: IndicatorType; value: string }[];
};

/**
 * Locks indicators in the byte order of (type, value), as all writers do, so that concurrent batches do not deadlock. A
 * transaction locks its alerts first.
 */
export function lockIndicators(
  client: Pick<Transaction, 'send'>,
  { ids = [], ofAlerts = [], keys = [] }: IndicatorsToLock,
): void {
  const types = keys.map(({ type }) => type);
  const values = keys.map(({ value }) => value);
  client.send(LOCK, [ids, ofAlerts, types, values]);
}

const LOCK = `
  SELECT FROM indicators
   WHERE id IN (SELECT unnest($1::uuid[])
                 UNION SELECT indicator_id FROM alert_indicators WHERE alert_id = ANY($2::uuid[])
                 UNION SELECT i.id FROM unnest($3::text[], $4::text[]) AS given(type, value)
                         JOIN indicators i ON i.type = given.type::indicator_type AND i.value = given.value)
   ORDER BY type::text COLLATE "C", value COLLATE "C" FOR NO KEY UPDATE`;
