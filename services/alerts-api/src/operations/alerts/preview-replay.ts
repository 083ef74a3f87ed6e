import { runInTurns } from '@calseta/async';
import {
  type AlertFacts,
  type EnrichmentPlan,
  isPresent,
  matchAgents,
  MAX_PREVIEWED_AGENTS,
  type ReplayAlert,
  type ReplayPreview,
  REQUESTS,
  type StatedIndicator,
} from '@calseta/common';
import {
  type AlertFactsStore,
  type DispatchAgent,
  type DispatchStore,
  type ExtractionStore,
  type ReplayOutlook,
  type ReplayStore,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { extractInSlices, type ExtractionOutcome, mappingsBySource } from '@calseta/indicators';
import { found } from '../found.js';

export type PreviewReplayDeps = {
  replays: Pick<ReplayStore, 'preview'>;
  extraction: Pick<ExtractionStore, 'load' | 'loadMappings'>;
  alertFacts: Pick<AlertFactsStore, 'get'>;
  dispatch: Pick<DispatchStore, 'loadAgents' | 'loadMutes'>;
  ownDomains: ReadonlySet<string>;
  transport: Pick<PipelineTransport, 'request'>;
};

const STORED_VERDICTS =
  'Filters and rules are asked about the verdicts that are stored: what providers would answer anew is not known.';
const NEW_INDICATORS = 'An indicator that would be added counts as Pending.';

/**
 * What a replay would change, by the code and the configuration of today. Changes nothing and asks no provider. Throws as
 * the replay itself would, and `service.unavailable` where no enricher says what it would ask.
 */
export async function previewReplay(
  uuid: string,
  from: ReplayAlert['from'],
  traceparent: string,
  deps: PreviewReplayDeps,
): Promise<ReplayPreview> {
  const outlook = found('alert', await deps.replays.preview(uuid, from));
  const stored = found('alert', await deps.alertFacts.get(uuid));
  const outcome = from === 'extract' ? await extractAgain(uuid, deps) : undefined;
  const extraction = outcome && compareExtraction(stored, outcome);
  const enrichment =
    from === 'enrich'
      ? await deps.transport.request(REQUESTS.planEnrichment, { alert_id: uuid }, { traceparent })
      : undefined;
  const facts: AlertFacts = outcome
    ? { ...stored, indicators: judgedIndicators(stored, outcome) }
    : stored;
  return {
    alert_uuid: uuid,
    from,
    revision: outlook.revision,
    ...(extraction && { extraction }),
    ...(enrichment && { enrichment }),
    dispatch: await previewDispatch(facts, outlook, deps),
    assumptions: [
      ...(extraction || (enrichment && asksAnew(enrichment)) ? [STORED_VERDICTS] : []),
      ...(extraction ? [NEW_INDICATORS] : []),
    ],
  };
}

const asksAnew = ({ counts }: EnrichmentPlan): boolean =>
  counts.asked > 0 || counts.answered_here > 0;

async function extractAgain(
  uuid: string,
  { extraction, ownDomains }: PreviewReplayDeps,
): Promise<ExtractionOutcome> {
  const [[stored], mappings] = await Promise.all([
    extraction.load([uuid]),
    extraction.loadMappings(),
  ]);
  const { sourceName, title, description, ...alert } = found('alert', stored);
  return await runInTurns(
    extractInSlices({
      sourceName,
      title,
      ...(description !== undefined && { description }),
      rawPayload: JSON.parse(alert.rawPayloadJson) as unknown,
      addedIndicators: alert.addedIndicators,
      statedIndicators: JSON.parse(alert.statedIndicatorsJson) as StatedIndicator[],
      normalizedFields: alert.normalizedFields,
      mappings: mappingsBySource(mappings)(sourceName),
      ownDomains,
    }),
  );
}

type Named = { type: string; value: string };
const keyOf = ({ type, value }: Named): string => `${type} ${value}`;

function compareExtraction(
  { indicators }: AlertFacts,
  { indicators: extracted, dropped, notes }: ExtractionOutcome,
): ReplayPreview['extraction'] {
  const before = new Set(indicators.map(keyOf));
  const after = new Set(extracted.map(keyOf));
  const added = extracted.filter((one) => !before.has(keyOf(one))).map(toName);
  return {
    added,
    removed: indicators.filter((one) => !after.has(keyOf(one))).map(toName),
    kept_count: extracted.length - added.length,
    dropped_count: dropped,
    notes: [...notes],
  };
}

const toName = <T>({ type, value }: { type: T; value: string }) => ({ type, value });

/** The indicators that the alert would have, with the verdicts that are known of them. */
function judgedIndicators(
  { indicators }: AlertFacts,
  outcome: ExtractionOutcome,
): AlertFacts['indicators'] {
  const known = new Map(indicators.map((one) => [keyOf(one), one.malice]));
  return outcome.indicators.map((one) => ({
    type: one.type,
    value: one.value,
    malice: known.get(keyOf(one)) ?? 'Pending',
  }));
}

async function previewDispatch(
  facts: AlertFacts,
  { deliveredAgentIds, pendingDeliveryCount }: ReplayOutlook,
  { dispatch }: PreviewReplayDeps,
): Promise<ReplayPreview['dispatch']> {
  const [agents, mutes] = await Promise.all([dispatch.loadAgents(), dispatch.loadMutes()]);
  const now = new Date();
  const here = agents.filter((agent) => isPresent(agent, now));
  // A replay is no update, which an agent could decline.
  const { matched, unmatched, mute } = matchAgents(here, facts, { mutes });
  const toAgent = ({ id, name }: DispatchAgent) => ({
    agent_uuid: id,
    name,
    got_before: deliveredAgentIds.has(id),
  });
  const excluded = unmatched.map(({ agent, clause }) => ({ ...toAgent(agent), clause }));
  return {
    agent_count: matched.length,
    agents: matched.slice(0, MAX_PREVIEWED_AGENTS).map(toAgent),
    excluded_agent_count: excluded.length,
    excluded_agents: [
      ...excluded.filter(({ got_before: gotBefore }) => gotBefore),
      ...excluded.filter(({ got_before: gotBefore }) => !gotBefore),
    ].slice(0, MAX_PREVIEWED_AGENTS),
    ...(mute && { mute_uuid: mute.id }),
    cancelled_delivery_count: pendingDeliveryCount,
  };
}
