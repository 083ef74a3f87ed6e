import { decideStep, makeMessage } from '@calseta/common';
import { type Extraction } from '@calseta/database';
import { type MessageHandler } from '@calseta/messaging';
import { summarizeExtraction } from './domain/summarize-extraction.js';
import { toDetectionRule } from './domain/to-detection-rule.js';
import { type ReadAlert } from './read-alerts.js';

export type AlertIngestedDeps = {
  readAlert(alertId: string): Promise<ReadAlert | undefined>;
  /** False when the alert had moved on meanwhile. */
  saveExtraction(extraction: Extraction): Promise<boolean>;
};

/** alert.ingested → extract the indicators, find the rule, commit → alert.extracted. */
export const createHandleAlertIngested =
  ({ readAlert, saveExtraction }: AlertIngestedDeps): MessageHandler =>
  async (message) => {
    const startedAt = new Date();
    const alert = await readAlert(message.alert_id);
    const step = decideStep(message, alert, 'extracted');
    if (!alert || step === 'done') return undefined;
    if (step === 'work') {
      const saved = await saveExtraction(toExtraction(alert, startedAt));
      // Whoever moved the alert on publishes what follows.
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
  };

function toExtraction(alert: ReadAlert, startedAt: Date): Extraction {
  const { outcome } = alert;
  const rule = toDetectionRule(alert);
  return {
    alertId: alert.id,
    revision: alert.revision,
    seenAt: alert.occurredAt,
    indicators: outcome.indicators,
    notes: outcome.notes,
    ...(rule && { rule }),
    activity: {
      ...summarizeExtraction(outcome),
      wait_ms: Math.max(0, startedAt.getTime() - alert.stageChangedAt.getTime()),
      work_ms: Date.now() - startedAt.getTime(),
    },
  };
}
