import { type AlertMessage } from './alert-message.js';
import { type MessageType } from '../pipeline.js';
import { type PipelineStage } from '../alert/status.js';

/** The stage that each message announces. */
export const STAGE_OF_MESSAGE = {
  'alert.ingested': 'ingested',
  'alert.extracted': 'extracted',
  'alert.enriched': 'enriched',
} as const satisfies Record<MessageType, PipelineStage>;

/**
 * What a handler does with a message: the work; only the next message, if the work is committed but the message
 * may not have been sent; or nothing, if the alert is deleted, has a newer revision, is further along, failed or quarantined.
 */
export type StageStep = 'work' | 'publish' | 'done';

/** Compares a message with the state of its alert. `output` is the handler's own stage. */
export function decideStep(
  message: Pick<AlertMessage, 'type' | 'revision'>,
  alert: { stage: PipelineStage; revision: number } | undefined,
  output: PipelineStage,
): StageStep {
  if (alert?.revision !== message.revision) return 'done';
  if (alert.stage === STAGE_OF_MESSAGE[message.type]) return 'work';
  return alert.stage === output ? 'publish' : 'done';
}
