import {
  type Classification,
  describeSightings,
  formatTimestamp,
  type IndicatorResource,
  SIGHTINGS,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { type EnrichmentResult, type Indicator } from '../generated/client.js';

/** `fromAlerts`; infinite while the provider `sightings` is switched off. */
export async function sightingsShownFrom(
  prisma: Database['prisma'],
  fromAlerts: number,
): Promise<number> {
  const row = await prisma.enrichmentProvider.findUnique({ where: { name: SIGHTINGS } });
  return row?.isEnabled === false ? Infinity : fromAlerts;
}

/** SQL of the bytes of all answers about an indicator. */
export const answerBytes = (indicatorId: string): string =>
  `coalesce((SELECT sum(octet_length(e::text)) FROM enrichment_results e WHERE e.indicator_id = ${indicatorId}), 0)`;

/** An indicator with the answers of providers. Our own history is among them when it counts `shownFrom` alerts. */
export const toIndicator = (
  row: Indicator & { results: EnrichmentResult[] },
  shownFrom: number,
): IndicatorResource => ({
  uuid: row.id,
  type: row.type,
  value: row.value,
  ...(row.displayValue !== null && { display_value: row.displayValue }),
  classification: row.classification as Classification,
  is_malformed: row.isMalformed,
  malice: row.maliceOverride ?? row.malice,
  ...(row.maliceOverride !== null && { malice_override: row.maliceOverride }),
  malice_reasons: row.maliceReasons,
  first_seen_at: formatTimestamp(row.firstSeenAt),
  last_seen_at: formatTimestamp(row.lastSeenAt),
  enrichment_results: {
    ...Object.fromEntries(row.results.map((result) => [result.providerName, toResult(result)])),
    ...(row.alertCount >= shownFrom && { [SIGHTINGS]: toSightings(row) }),
  },
});

type Result = IndicatorResource['enrichment_results'][string];

const toResult = (result: EnrichmentResult): Result => ({
  status: result.status,
  extracted: result.extracted as Record<string, unknown>,
  malice: result.malice,
  fetched_at: formatTimestamp(result.fetchedAt),
});

const toSightings = (row: Indicator): Result => ({
  status: 'success',
  ...describeSightings(row),
  fetched_at: formatTimestamp(row.updatedAt),
});
