import { laneFor, type Severity } from '../alert/severity.js';
import { newUuid } from '../core/ids.js';
import { type MessageType } from '../pipeline.js';
import { type AlertMessage } from './alert-message.js';

/** Creates the message that an alert reached the stage of `type`. The severity decides the lane. */
export const makeMessage = (facts: {
  type: MessageType;
  alertId: string;
  revision: number;
  severity: Severity;
  /** When the stage was committed; defaults to now. */
  occurredAt?: Date;
  /** The message that caused this one. */
  cause?: AlertMessage;
}): AlertMessage => ({
  schema_version: 1,
  message_id: newUuid(),
  type: facts.type,
  alert_id: facts.alertId,
  revision: facts.revision,
  lane: laneFor(facts.severity),
  occurred_at: (facts.occurredAt ?? new Date()).toISOString(),
  ...(facts.cause && { causation_id: facts.cause.message_id }),
});
