import { runInTurns } from '@calseta/async';
import { type SlicedWork, type Tlp } from '@calseta/common';
import { type AlertToExtract, type ExtractionStore } from '@calseta/database';
import {
  type CompiledMappings,
  extractInSlices,
  type ExtractionOutcome,
} from '@calseta/indicators';
import { payloadTlp } from './domain/payload-tlp.js';

/** An alert without its payload, and what was found in it. */
export type ExtractedAlert = Omit<AlertToExtract, 'rawPayloadJson'> & {
  outcome: ExtractionOutcome;
  /** That the payload states. */
  tlp: Tlp | undefined;
};

export type ExtractAlertsDeps = {
  store: Pick<ExtractionStore, 'load'>;
  /** The mappings in force, by source. */
  mappings(): Promise<(sourceName: string) => CompiledMappings>;
  ownDomains: ReadonlySet<string>;
  /** Called for each alert that the mappings could not read in full. */
  onCut(): void;
};

type ExtractAlerts = (alertIds: readonly string[]) => Promise<(ExtractedAlert | undefined)[]>;

/**
 * Loads a batch of alerts and extracts them one after the other, in slices: the process serves others in between,
 * and only one payload is parsed at a time. Answers in the order asked; undefined where there is no such alert.
 */
export function alertExtraction(deps: ExtractAlertsDeps): ExtractAlerts {
  return async function extractAlerts(alertIds) {
    const alerts = await deps.store.load(alertIds);
    return await runInTurns(extractEach(alerts, await deps.mappings(), deps));
  };
}

function* extractEach(
  alerts: readonly (AlertToExtract | undefined)[],
  mappingsOf: (sourceName: string) => CompiledMappings,
  deps: Pick<ExtractAlertsDeps, 'ownDomains' | 'onCut'>,
): SlicedWork<(ExtractedAlert | undefined)[]> {
  const extracted: (ExtractedAlert | undefined)[] = [];
  for (const alert of alerts) {
    extracted.push(alert && (yield* extractOne(alert, mappingsOf(alert.sourceName), deps)));
    yield;
  }
  return extracted;
}

function* extractOne(
  { rawPayloadJson, ...alert }: AlertToExtract,
  mappings: CompiledMappings,
  { ownDomains, onCut }: Pick<ExtractAlertsDeps, 'ownDomains' | 'onCut'>,
): SlicedWork<ExtractedAlert> {
  const rawPayload = JSON.parse(rawPayloadJson) as unknown;
  const outcome = yield* extractInSlices({
    sourceName: alert.sourceName,
    title: alert.title,
    ...(alert.description !== undefined && { description: alert.description }),
    rawPayload,
    addedIndicators: alert.addedIndicators,
    statedIndicators: alert.statedIndicators,
    normalizedFields: alert.normalizedFields,
    mappings,
    ownDomains,
  });
  if (outcome.notes.length > 0) onCut();
  return { ...alert, outcome, tlp: payloadTlp(rawPayload) };
}
