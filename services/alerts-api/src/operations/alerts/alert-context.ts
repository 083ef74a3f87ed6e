import {
  type AlertContext,
  completeContext,
  type ContextQuery,
  type CountTokens,
  type Knowledge,
  type PayloadFinding,
  renderContext,
  renderContextMarkdown,
  toWholeAlert,
  wholeContext,
  type ALERT_PARTS,
} from '@calseta/common';
import { type Versioned } from '@calseta/async';
import { type AlertStore, type StoredAlertContext, type TriageStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid } from '../resources.js';

/** Findings that one answer holds, fewer where they are large; all are a list of their own. */
const MAX_FINDINGS = 50;

export type AlertContextDeps = {
  alerts: Pick<AlertStore, 'get'>;
  triage: Pick<TriageStore, 'listFindings'>;
  loadContext: (uuid: string) => Promise<StoredAlertContext | undefined>;
  knowledge: Versioned<Knowledge>;
  loadTokenCounter: () => Promise<CountTokens>;
  /** Where agents reach this Calseta, without a trailing slash. */
  publicUrl: string;
};

export type WholeAlertInput = ByUuid & { expand?: (typeof ALERT_PARTS)[number][] | undefined };

/** An alert with everything that is known about it: whole, or within a number of tokens. */
export const alertContextOperations = (deps: AlertContextDeps) => {
  const access = { scope: 'alerts:read' } as const;
  const optionsOf = () => ({ generatedAt: new Date(), publicUrl: deps.publicUrl });
  return {
    get: operation(access, async ({ uuid, expand }: WholeAlertInput) => {
      const [alert, context] = await Promise.all([deps.alerts.get(uuid), load(deps, uuid)]);
      const payload = wholeContext(found('alert', context), optionsOf());
      return toWholeAlert(found('alert', alert), payload, expand);
    }),
    /** As JSON values, or as a text of Markdown. */
    getContext: operation(access, async ({ uuid, format, max_tokens }: ByUuid & ContextQuery) => {
      const context = found('alert', await load(deps, uuid));
      const countTokens = await deps.loadTokenCounter();
      const options = { ...optionsOf(), maxTokens: max_tokens, countTokens };
      return format === 'markdown'
        ? renderContextMarkdown(context, options)
        : renderContext(context, options);
    }),
  };
};

async function load(deps: AlertContextDeps, uuid: string): Promise<AlertContext | undefined> {
  const page = { pageSize: MAX_FINDINGS, includeTotal: true };
  const [context, findings] = await Promise.all([
    deps.loadContext(uuid),
    deps.triage.listFindings(uuid, page, { ofShadows: false }),
  ]);
  if (!context) return undefined;
  const complete = completeContext(context, await deps.knowledge.at(context.configVersion));
  return {
    ...complete,
    findings: findings.items.map(toPayloadFinding),
    findingCount: findings.total ?? findings.items.length,
  };
}

const toPayloadFinding = (
  finding: Awaited<ReturnType<TriageStore['listFindings']>>['items'][number],
): PayloadFinding => ({
  uuid: finding.uuid,
  summary: finding.summary,
  ...(finding.confidence !== undefined && { confidence: finding.confidence }),
  ...(finding.classification !== undefined && { classification: finding.classification }),
  recommended_actions: finding.recommended_actions,
  details: finding.details,
  created_by: finding.created_by,
  ...(finding.agent_name !== undefined && { agent_name: finding.agent_name }),
  created_at: finding.created_at,
});
