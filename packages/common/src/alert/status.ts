import { z } from 'zod';

/** Triage status, set by people and agents. Open → Triaging or Escalated → Closed; Closed is final. */
export const ALERT_STATUSES = ['Open', 'Triaging', 'Escalated', 'Closed'] as const;
export const alertStatusSchema = z.enum(ALERT_STATUSES);
export type AlertStatus = z.infer<typeof alertStatusSchema>;

export const STATUS_MOVES: Record<AlertStatus, readonly AlertStatus[]> = {
  Open: ['Triaging', 'Escalated'],
  Triaging: ['Escalated', 'Closed'],
  Escalated: ['Triaging', 'Closed'],
  Closed: [],
};

/** Keeping the same status is allowed, so that a repeated request succeeds. */
export const canMove = (from: AlertStatus, to: AlertStatus): boolean =>
  from === to || STATUS_MOVES[from].includes(to);

/** Progress of the pipeline, set by the services. */
export const PIPELINE_STAGES = [
  'ingested',
  'extracted',
  'enriched',
  'dispatched',
  'failed',
  'quarantined',
] as const;
export const pipelineStageSchema = z.enum(PIPELINE_STAGES);
export type PipelineStage = z.infer<typeof pipelineStageSchema>;

export const ENRICHMENT_STATUSES = ['Pending', 'Enriched', 'Partial', 'Failed'] as const;
export const enrichmentStatusSchema = z.enum(ENRICHMENT_STATUSES);
export type EnrichmentStatus = z.infer<typeof enrichmentStatusSchema>;
