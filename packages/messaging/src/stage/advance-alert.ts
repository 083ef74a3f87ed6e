import {
  type AlertMessage,
  decideStep,
  makeMessage,
  type MessageType,
  type PipelineStage,
  type Severity,
  STAGE_OF_MESSAGE,
} from '@calseta/common';

type StoredAlert = {
  id: string;
  revision: number;
  severity: Severity;
  stage: PipelineStage;
  stageChangedAt: Date;
};

/**
 * Does the work of a stage on the alert of a message, unless it is committed already, and returns the next message;
 * undefined when the alert is elsewhere. `work` commits; it returns false when the alert has moved on meanwhile.
 */
export async function advanceAlert<A extends StoredAlert>(
  message: AlertMessage,
  alert: A | undefined,
  { next, work }: { next: MessageType; work: (alert: A) => Promise<boolean> },
): Promise<AlertMessage | undefined> {
  const step = decideStep(message, alert, STAGE_OF_MESSAGE[next]);
  if (!alert || step === 'done') return undefined;
  // Whoever moved the alert on publishes the next message.
  if (step === 'work' && !(await work(alert))) return undefined;
  return makeMessage({
    type: next,
    alertId: alert.id,
    revision: alert.revision,
    severity: alert.severity,
    occurredAt: step === 'work' ? new Date() : alert.stageChangedAt,
    cause: message,
  });
}
