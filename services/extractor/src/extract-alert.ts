import { extractIndicators, type ExtractionOutcome } from '@calseta/common';
import { type AlertToExtract, type SourcedMapping } from '@calseta/database';

/** Runs all passes over one alert, with the mappings that are in force now. */
export const createExtractAlert =
  (mappings: { get(): Promise<readonly SourcedMapping[]> }, ownDomains: ReadonlySet<string>) =>
  async (alert: AlertToExtract): Promise<ExtractionOutcome> =>
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
