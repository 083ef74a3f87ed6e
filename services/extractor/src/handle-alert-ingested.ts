import { decideStep, makeMessage } from '@calseta/common';
import { type Extraction } from '@calseta/database';
import { type MessageHandler } from '@calseta/messaging';
import { summarizeExtraction } from './domain/summarize-extraction.js';
import { toDetectionRule } from './domain/to-detection-rule.js';
import { type ExtractedAlert } from './extract-alerts.js';
import { type WithExtracted } from './with-extracted.js';

export type AlertIngestedDeps = {
  withExtracted: WithExtracted;
  /** False when the alert has moved on meanwhile. */
  saveExtraction(extraction: Extraction): Promise<boolean>;
};

/** alert.ingested → extract the indicators, find the rule, commit → alert.extracted. */
export function alertIngestedHandler({
  withExtracted,
  saveExtraction,
}: AlertIngestedDeps): MessageHandler {
  return async function handleAlertIngested(message) {
    const startedAt = new Date();
    return await withExtracted(message, async (alert) => {
      const step = decideStep(message, alert, 'extracted');
      if (!alert || step === 'done') return undefined;
      if (step === 'work') {
        const saved = await saveExtraction(toExtraction(alert, startedAt));
        // Whoever moved the alert on publishes the next message.
        if (!saved) return undefined;
      }
      return makeMessage({
        type: 'alert.extracted',
        alertId: alert.id,
        revision: alert.revision,
        severity: alert.severity,
        occurredAt: step === 'work' ? new Date() : alert.stageChangedAt,
        cause: message,
      });
    });
  };
}

function toExtraction(alert: ExtractedAlert, startedAt: Date): Extraction {
  const { outcome } = alert;
  const rule = toDetectionRule(alert);
  return {
    alertId: alert.id,
    revision: alert.revision,
    seenAt: alert.occurredAt,
    indicators: outcome.indicators,
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
