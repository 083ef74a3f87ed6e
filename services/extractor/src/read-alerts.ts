import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ExtractionOutcome } from '@calseta/indicators';
import { type AlertToExtract } from '@calseta/database';

/** What is known of an alert beside its payload. */
export type AlertFacts = Omit<AlertToExtract, 'rawPayloadJson'>;

/** An alert without its payload, and what was found in it. */
export type ReadAlert = AlertFacts & { outcome: ExtractionOutcome };

export type ReadAlertsDeps = {
  /** In the order asked; undefined where there is no such alert. */
  load(alertIds: readonly string[]): Promise<(AlertToExtract | undefined)[]>;
  extract(alert: AlertFacts & { rawPayload: unknown }): Promise<ExtractionOutcome>;
};

/**
 * Loads a batch and extracts one alert after the other, so that no more payloads stand in memory than one
 * batch has, and one of them parsed. Between two alerts the process attends to what else waits.
 */
export const createReadAlerts =
  ({ load, extract }: ReadAlertsDeps) =>
  async (alertIds: readonly string[]): Promise<(ReadAlert | undefined)[]> => {
    const read: (ReadAlert | undefined)[] = [];
    for (const alert of await load(alertIds)) {
      read.push(alert && (await readAlert(alert, extract)));
      await nextTurn();
    }
    return read;
  };

async function readAlert(
  { rawPayloadJson, ...facts }: AlertToExtract,
  extract: ReadAlertsDeps['extract'],
): Promise<ReadAlert> {
  const rawPayload = JSON.parse(rawPayloadJson) as unknown;
  return { ...facts, outcome: await extract({ ...facts, rawPayload }) };
}
