import { type CreateFinding, type FindingFilter, type PageQuery } from '@calseta/common';
import { type AlertStore, type TriageStore } from '@calseta/database';
import { assertAlertExists } from './alerts.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type FindingDeps = {
  alerts: Pick<AlertStore, 'exists'>;
  triage: Pick<TriageStore, 'addFinding' | 'listFindings'>;
};

export type FindingOperations = ReturnType<typeof findingOperations>;

/** Findings: what agents and people found out about an alert. */
export const findingOperations = ({ alerts, triage }: FindingDeps) => ({
  post: operation(
    { scope: 'findings:write' },
    async ({ uuid, finding }: ByUuid & { finding: CreateFinding }, { principal }) =>
      found('alert', await triage.addFinding(uuid, finding, principal)),
  ),
  list: operation(
    { scope: 'alerts:read' },
    async ({ uuid, ...query }: ByUuid & FindingFilter & PageQuery) => {
      await assertAlertExists(alerts)(uuid);
      const ofShadows = query.mode === 'shadow';
      return await triage.listFindings(uuid, toPageRequest(query), { ofShadows });
    },
  ),
});
