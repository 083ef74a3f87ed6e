import { type ContextWorkflow, type IndicatorType } from '@calseta/common';
import { type Database } from '../../core/database.js';

export type AvailableWorkflow = ContextWorkflow & { indicatorTypes: IndicatorType[] };

/** Workflows that a process keeps in memory; the oldest come first. */
const MAX_WORKFLOWS = 1_000;

/** A workflow can run when its secrets are granted, and it has the base URL that it needs. */
const READY = `
  SELECT w.id AS uuid, w.name, w.documentation, w.approval_mode AS "approvalMode", w.risk_level AS "riskLevel",
         w.indicator_types::text[] AS "indicatorTypes",
         w.definition->'steps' IS DISTINCT FROM '[]'::jsonb AS "hasSteps"
    FROM workflows w
   WHERE w.is_active AND (w.base_url IS NOT NULL OR NOT w.needs_base_url)
     AND w.secret_names <@ ARRAY(SELECT secret_name FROM secret_grants WHERE workflow_id = w.id)
   ORDER BY w.created_at, w.id LIMIT ${MAX_WORKFLOWS}`;

type WorkflowRow = Omit<AvailableWorkflow, 'hasSteps'> & { hasSteps: boolean };

/** The active workflows that can run, without their steps. */
export async function loadWorkflows({
  query,
}: Pick<Database, 'query'>): Promise<AvailableWorkflow[]> {
  const { rows } = await query<WorkflowRow>(READY);
  return rows.map(({ hasSteps, ...row }) => ({ ...row, ...(hasSteps && { hasSteps }) }));
}
