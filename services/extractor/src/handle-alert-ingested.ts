import { type Extraction } from '@calseta/database';
import { advanceAlert, type MessageHandler } from '@calseta/messaging';
import { summarizeExtraction } from './domain/summarize-extraction.js';
import { toDetectionRule } from './domain/to-detection-rule.js';
import { type ExtractedAlert } from './extract-alerts.js';
import { type WithExtracted } from './with-extracted.js';

/** An extraction with what its indicators take in memory. */
export type WeighedExtraction = Extraction & Pick<ExtractedAlert, 'bytes'>;

export type AlertIngestedDeps = {
  withExtracted: WithExtracted;
  /** False when the alert has moved on meanwhile. */
  saveExtraction(extraction: WeighedExtraction): Promise<boolean>;
};

/** alert.ingested → extract the indicators, find the rule, commit → alert.extracted. */
export function alertIngestedHandler({
  withExtracted,
  saveExtraction,
}: AlertIngestedDeps): MessageHandler {
  return async function handleAlertIngested(message) {
    const startedAt = new Date();
    return await withExtracted(
      message,
      async (alert) =>
        await advanceAlert(message, alert, {
          next: 'alert.extracted',
          work: async (extracted) => await saveExtraction(toExtraction(extracted, startedAt)),
        }),
    );
  };
}

function toExtraction(alert: ExtractedAlert, startedAt: Date): WeighedExtraction {
  const { outcome } = alert;
  const rule = toDetectionRule(alert);
  return {
    alertId: alert.id,
    revision: alert.revision,
    seenAt: alert.occurredAt,
    indicators: outcome.indicators,
    bytes: alert.bytes,
    droppedIndicatorCount: outcome.dropped,
    notes: outcome.notes,
    ...(alert.tlp && { tlp: alert.tlp }),
    ...(rule && { rule }),
    activity: {
      ...summarizeExtraction(outcome),
      wait_ms: Math.max(0, startedAt.getTime() - alert.stageChangedAt.getTime()),
      work_ms: Date.now() - startedAt.getTime(),
    },
  };
}
