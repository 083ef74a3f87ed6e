import { runInTurns } from '@calseta/async';
import { type SlicedWork, type StatedIndicator, type Tlp } from '@calseta/common';
import { type AlertToExtract, type ExtractionStore } from '@calseta/database';
import {
  type CompiledMappings,
  extractInSlices,
  type ExtractionOutcome,
} from '@calseta/indicators';
import { bytesOf } from './domain/bytes-of.js';
import { payloadTlp } from './domain/payload-tlp.js';
import { type HeldAlerts } from './held-alerts.js';

/** An alert without what its indicators were read from, and what was found. */
export type ExtractedAlert = Pick<
  AlertToExtract,
  | 'id'
  | 'stage'
  | 'stageChangedAt'
  | 'revision'
  | 'sourceName'
  | 'severity'
  | 'occurredAt'
  | 'sourceRuleId'
  | 'sourceRuleName'
  | 'mitreTactics'
  | 'mitreTechniques'
> & {
  outcome: ExtractionOutcome;
  /** That the payload states. */
  tlp: Tlp | undefined;
  /** What the indicators take in memory, about. */
  bytes: number;
};

export type ExtractAlertsDeps = {
  store: Pick<ExtractionStore, 'load'>;
  /** The mappings in force, by source. */
  mappings(): Promise<(sourceName: string) => CompiledMappings>;
  ownDomains: ReadonlySet<string>;
  held: Pick<HeldAlerts, 'room' | 'hold'>;
  /** Texts of payloads and stated indicators that a batch loads, and indicators after which it takes no further alert. */
  maxBytes: number;
  /** Called for each alert that the mappings could not read in full. */
  onCut(): void;
};

type ExtractAlerts = (alertIds: readonly string[]) => Promise<(ExtractedAlert | undefined)[]>;

/**
 * Loads a batch of alerts and extracts them one after the other, in slices: the process serves others in between,
 * and only one payload is parsed at a time. Answers in the order asked, undefined where there is no such alert, and
 * only the first ones where they are large.
 */
export function alertExtraction(deps: ExtractAlertsDeps): ExtractAlerts {
  return async function extractAlerts(alertIds) {
    await deps.held.room();
    const alerts = await deps.store.load(alertIds, deps.maxBytes);
    const extracted = await runInTurns(extractFirst(alerts, await deps.mappings(), deps));
    deps.held.hold(sumOfBytes(extracted));
    return extracted;
  };
}

function* extractFirst(
  alerts: readonly (AlertToExtract | undefined)[],
  mappingsOf: (sourceName: string) => CompiledMappings,
  deps: ExtractAlertsDeps,
): SlicedWork<(ExtractedAlert | undefined)[]> {
  const extracted: (ExtractedAlert | undefined)[] = [];
  let bytes = 0;
  for (const alert of alerts) {
    const one = alert && (yield* extractOne(alert, mappingsOf(alert.sourceName), deps));
    extracted.push(one);
    bytes += one?.bytes ?? 0;
    if (bytes >= deps.maxBytes) break;
    yield;
  }
  return extracted;
}

const sumOfBytes = (alerts: readonly (ExtractedAlert | undefined)[]): number =>
  alerts.reduce((sum, alert) => sum + (alert?.bytes ?? 0), 0);

function* extractOne(
  alert: AlertToExtract,
  mappings: CompiledMappings,
  { ownDomains, onCut }: Pick<ExtractAlertsDeps, 'ownDomains' | 'onCut'>,
): SlicedWork<ExtractedAlert> {
  const {
    title,
    description,
    rawPayloadJson,
    statedIndicatorsJson,
    addedIndicators,
    normalizedFields,
    ...facts
  } = alert;
  const rawPayload = JSON.parse(rawPayloadJson) as unknown;
  const outcome = yield* extractInSlices({
    sourceName: facts.sourceName,
    title,
    ...(description !== undefined && { description }),
    rawPayload,
    addedIndicators,
    statedIndicators: JSON.parse(statedIndicatorsJson) as StatedIndicator[],
    normalizedFields,
    mappings,
    ownDomains,
  });
  if (outcome.notes.length > 0) onCut();
  return { ...facts, outcome, tlp: payloadTlp(rawPayload), bytes: bytesOf(outcome.indicators) };
}
