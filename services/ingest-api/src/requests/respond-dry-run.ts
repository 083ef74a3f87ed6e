import {
  type AlertReading,
  AppError,
  type DryRunAnswer,
  type DryRunRequest,
  formatTimestamp,
  MAX_TRIED_ALERTS,
} from '@calseta/common';
import { type IngestItem } from '@calseta/database';
import { type ParsedItem } from '../body/parse-body.js';
import { type KnownSource } from '../sources/plugin/known-sources.js';
import { mapLazily } from '../body/map-lazily.js';
import { type FindSource, unknownSource } from '../accept/admit-source.js';
import { type Arrival } from '../read/arrival.js';
import { readAlerts } from '../read/read-alerts.js';
import { createSlices } from '../read/take-turns.js';
import { pluginFor } from '../sources/plugin/plugin-for.js';
import { UnreadText } from '../read/unread-text.js';

/** Size of a reply; further alerts are counted but not returned. */
export const MAX_DRY_RUN_REPLY_BYTES = 250_000;

/** Reads a payload as ingest does, and stores nothing. */
export const createDryRun =
  (findSource: FindSource) =>
  async (
    request: DryRunRequest,
    { traceparent }: { traceparent: string },
  ): Promise<DryRunAnswer> => {
    const known = await sourceOf(request, findSource);
    const arrival: Arrival = { ...known, receivedAt: new Date(), actor: 'dry-run', traceparent };
    const payloads: unknown[] = Array.isArray(request.payload)
      ? request.payload
      : [request.payload];
    const items = mapLazily(payloads, asItem);
    const read = await createSlices()(readAlerts(items, arrival));
    const whole = JSON.stringify(request.payload);
    const alerts = read.slice(0, MAX_TRIED_ALERTS).map((one) => ({
      reading: toReading(one),
      ...(!(one instanceof AppError || one instanceof UnreadText) &&
        one.rawPayload !== whole && { payload: JSON.parse(one.rawPayload) as unknown }),
    }));
    return { alerts: withinReply(alerts), alert_count: read.length };
  };

const asItem = (payload: unknown): ParsedItem => ({
  kind: 'parsed',
  payload,
  text: JSON.stringify(payload),
  notes: [],
});

const DRAFT = {
  name: 'draft',
  plugin: 'custom',
  dedupWindowSeconds: 1,
  onUpdate: 'raise',
  onResolved: 'note',
  rateLimitPerMinute: null,
  hmacSecrets: [],
  isActive: true,
} as const;

/** A draft mapping is tried on the named source, else on a custom source made for it. */
async function sourceOf(
  { field_mapping: draft, source_name: name }: DryRunRequest,
  findSource: FindSource,
): Promise<KnownSource> {
  const known = name === undefined ? undefined : await findSource(name);
  if (draft === undefined) {
    if (!known) throw unknownSource();
    return known;
  }
  const base = known?.source ?? { ...DRAFT, hmacSecrets: [], name: name ?? DRAFT.name };
  const source = { ...base, fieldMapping: draft };
  const plugin = pluginFor(source);
  if (!plugin) throw unknownSource();
  return { source, plugin };
}

function withinReply(alerts: DryRunAnswer['alerts']): DryRunAnswer['alerts'] {
  let bytes = 0;
  const shown = alerts.filter((alert) => {
    bytes += Buffer.byteLength(JSON.stringify(alert));
    return bytes <= MAX_DRY_RUN_REPLY_BYTES;
  });
  if (shown.length > 0 || alerts.length === 0) return shown;
  throw new AppError('request.too_large', 'What was read is larger than can be shown.');
}

function toReading(read: IngestItem | UnreadText | AppError): AlertReading {
  if (read instanceof UnreadText) return { outcome: 'refused', reason: read.error.message };
  if (read instanceof AppError) {
    const { message: reason, issues } = read;
    return { outcome: 'refused', reason, ...(issues.length > 0 && { errors: issues }) };
  }
  const { alert, dedupKey: dedup_key, quarantineReason: reason } = read;
  if (reason !== undefined) {
    return { outcome: 'quarantined', reason, notes: alert.notes, dedup_key };
  }
  return {
    outcome: 'readable',
    title: alert.title,
    ...present('description', alert.description),
    severity: alert.severity,
    ...present('severity_original', alert.severityOriginal),
    occurred_at: formatTimestamp(read.occurredAt),
    tags: alert.tags,
    ...present('native_alert_id', alert.nativeAlertId),
    ...present('source_rule_id', alert.sourceRuleId),
    ...present('source_rule_name', alert.sourceRuleName),
    ...present('source_url', alert.sourceUrl),
    mitre_tactics: alert.mitreTactics,
    mitre_techniques: alert.mitreTechniques,
    hosts: alert.hosts,
    users: alert.users,
    fields: alert.fields,
    indicators: alert.statedIndicators,
    notes: alert.notes,
    dedup_key,
  };
}

const present = <K extends string>(key: K, text: string | undefined): Partial<Record<K, string>> =>
  text === undefined ? {} : ({ [key]: text } as Record<K, string>);
