import { extractIndicators, type ExtractionOutcome } from '@calseta/common';
import { type SourcedMapping } from '@calseta/database';
import { type AlertFacts } from './read-alerts.js';

/** Runs all passes over one alert, with the mappings that are in force now. */
export const createExtractAlert =
  (mappings: { get(): Promise<readonly SourcedMapping[]> }, ownDomains: ReadonlySet<string>) =>
  async (alert: AlertFacts & { rawPayload: unknown }): Promise<ExtractionOutcome> =>
    extractIndicators({
      sourceName: alert.sourceName,
      title: alert.title,
      ...(alert.description !== undefined && { description: alert.description }),
      rawPayload: alert.rawPayload,
      statedIndicators: alert.statedIndicators,
      normalizedFields: alert.normalizedFields,
      mappings: (await mappings.get()).filter(
        ({ sourceName }) => sourceName === null || sourceName === alert.sourceName,
      ),
      ownDomains,
    });
