import { runInTurns } from '@calseta/async';
import {
  type CompiledMappings,
  extractInSlices,
  type ExtractionOutcome,
} from '@calseta/indicators';
import { type AlertFacts } from './read-alerts.js';

export type ExtractAlertDeps = {
  /** The mappings of a source that are in force now. */
  mappingsOf(sourceName: string): Promise<CompiledMappings>;
  ownDomains: ReadonlySet<string>;
  /** Told of each alert of which the mappings did not read all. */
  onCut(): void;
};

/** Runs all passes over one alert, with turns of the event loop for others in between. */
export const createExtractAlert =
  ({ mappingsOf, ownDomains, onCut }: ExtractAlertDeps) =>
  async (alert: AlertFacts & { rawPayload: unknown }): Promise<ExtractionOutcome> => {
    const outcome = await runInTurns(
      extractInSlices({
        sourceName: alert.sourceName,
        title: alert.title,
        ...(alert.description !== undefined && { description: alert.description }),
        rawPayload: alert.rawPayload,
        statedIndicators: alert.statedIndicators,
        normalizedFields: alert.normalizedFields,
        mappings: await mappingsOf(alert.sourceName),
        ownDomains,
      }),
    );
    if (outcome.notes.length > 0) onCut();
    return outcome;
  };
