import {
  type AlertContext,
  completeContext,
  type ContextQuery,
  type CountTokens,
  type FindingResource,
  type Knowledge,
  type PayloadFinding,
  renderContext,
  renderContextMarkdown,
  toWholeAlert,
  wholeContext,
  type ALERT_PARTS,
} from '@calseta/common';
import { type Versioned } from '@calseta/async';
import {
  type AlertStore,
  type DispatchStore,
  type StoredAlertContext,
  type TriageStore,
} from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid } from '../resources.js';

/** Findings that one answer holds, fewer where they are large; all are a list of their own. */
const MAX_FINDINGS = 50;

export type AlertContextDeps = {
  alerts: Pick<AlertStore, 'get'>;
  triage: Pick<TriageStore, 'weighFindings'>;
  dispatch: Pick<DispatchStore, 'withContext'>;
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
      const whole = await withContext(deps, uuid, async (context) => {
        const alert = found('alert', await deps.alerts.get(uuid));
        return toWholeAlert(alert, wholeContext(context, optionsOf()), expand);
      });
      return found('alert', whole);
    }),
    /** As JSON values, or as a text of Markdown. */
    getContext: operation(access, async ({ uuid, format, max_tokens }: ByUuid & ContextQuery) => {
      const rendered = await withContext(deps, uuid, async (context) => {
        const countTokens = await deps.loadTokenCounter();
        const options = { ...optionsOf(), maxTokens: max_tokens, countTokens };
        return format === 'markdown'
          ? renderContextMarkdown(context, options)
          : renderContext(context, options);
      });
      return found('alert', rendered);
    }),
  };
};

/** Holds the context with its findings while the work goes on; undefined for an unknown alert. */
async function withContext<T>(
  { triage, dispatch, knowledge }: AlertContextDeps,
  uuid: string,
  work: (context: AlertContext) => Promise<T>,
): Promise<T | undefined> {
  const page = { pageSize: MAX_FINDINGS, includeTotal: true };
  const findings = await triage.weighFindings(uuid, page, { ofShadows: false });
  const workOn = async (stored: StoredAlertContext): Promise<T> => {
    const { items, total } = await findings.read();
    return await work({
      ...completeContext(stored, await knowledge.at(stored.configVersion)),
      findings: items.map(toPayloadFinding),
      findingCount: total ?? items.length,
    });
  };
  return await dispatch.withContext(uuid, workOn, findings.bytes);
}

const toPayloadFinding = (finding: FindingResource): PayloadFinding => ({
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
