import { AppError, type NormalizedAlert } from '@calseta/common';
import { type IngestItem, type IngestSource } from '@calseta/database';
import { checkAlertSize, checkBatchLength, checkShape } from './body/check-limits.js';
import type { ParsedItem } from './body/parse-body.js';
import { repairJson } from './body/repair-json.js';
import { boundAlert } from './domain/bound-alert.js';
import { dedupKey, dedupKeyOfText } from './domain/dedup-key.js';
import { settleOccurredAt } from './domain/settle-occurred-at.js';
import type { SourcePlugin } from './sources/source-plugin.js';

/** What all alerts of one request have in common. */
export type Arrival = {
  source: IngestSource;
  plugin: SourcePlugin;
  receivedAt: Date;
  actor: string;
  traceparent: string;
  idempotencyKey?: string;
};

type Part = { payload: unknown; text: string; notes: string[] };

/** The alerts in one item of a body, or what is wrong with each; a vendor's envelope may hold several. */
export function readAlerts(item: ParsedItem, arrival: Arrival): (IngestItem | AppError)[] {
  try {
    return partsOf(item, arrival.plugin).map((part) => attempt(() => readAlert(part, arrival)));
  } catch (error) {
    return [asRefusal(error)];
  }
}

function partsOf(item: ParsedItem, plugin: SourcePlugin): Part[] {
  if (item.kind === 'malformed') throw item.error;
  const payloads = plugin.split?.(item.payload) ?? [item.payload];
  const [only] = payloads;
  if (payloads.length === 1 && only === item.payload) return [repaired(item)];
  checkBatchLength(payloads.length);
  return payloads.map((payload) =>
    repaired({ payload, text: JSON.stringify(payload), notes: item.notes }),
  );
}

/** The sender's own text, unless something in it cannot be stored. */
function repaired(part: Part): Part {
  const { text, replaced } = repairJson(part.text);
  if (replaced === 0) return part;
  const note = `${replaced} NUL characters or lone surrogates were replaced.`;
  return { payload: JSON.parse(text) as unknown, text, notes: [...part.notes, note] };
}

function readAlert({ payload, text, notes }: Part, arrival: Arrival): IngestItem {
  checkAlertSize(text);
  checkShape(payload);
  const { source, plugin, receivedAt, actor, traceparent, idempotencyKey } = arrival;
  const common = {
    sourceName: source.name,
    dedupWindowSeconds: source.dedupWindowSeconds,
    receivedAt,
    rawPayload: text,
    traceparent,
    actor,
  };
  const outcome = plugin.normalize(payload);
  switch (outcome.kind) {
    case 'invalid':
      throw new AppError('request.invalid', 'The alert does not fit the format of its source.', {
        issues: outcome.issues,
      });
    case 'unreadable':
      return {
        ...common,
        dedupKey: dedupKeyOfText(text, idempotencyKey),
        occurredAt: receivedAt,
        alert: unreadableAlert(source.name, notes),
        quarantineReason: outcome.reason,
      };
    case 'normalized': {
      const { occurredAt, note } = settleOccurredAt(outcome.alert.occurredAt, receivedAt);
      const allNotes = [...notes, ...outcome.alert.notes, ...(note === undefined ? [] : [note])];
      const alert = boundAlert(outcome.alert, allNotes);
      const key = dedupKey({ sourceName: source.name, alert, payload, text, idempotencyKey });
      return { ...common, dedupKey: key, occurredAt, alert };
    }
  }
}

const unreadableAlert = (sourceName: string, notes: string[]): NormalizedAlert => ({
  title: `Unreadable payload from ${sourceName}`,
  severity: 'Pending',
  tags: [],
  mitreTactics: [],
  mitreTechniques: [],
  fields: {},
  hosts: [],
  users: [],
  statedIndicators: [],
  notes,
});

function attempt<T>(work: () => T): T | AppError {
  try {
    return work();
  } catch (error) {
    return asRefusal(error);
  }
}

/** What is not a refusal is a defect, and the request's own failure. */
function asRefusal(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}
