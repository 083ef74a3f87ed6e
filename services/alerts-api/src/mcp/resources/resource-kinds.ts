import { AppError, indicatorTypeSchema, scorecardQuerySchema, uuidSchema } from '@calseta/common';
import { type Operations } from '../../operations/create-operations.js';
import { type ReadOperations } from '../../operations/resources.js';
import { ANSWER_TOKENS } from '../answers/answer-limits.js';
import { cutToFit } from '../answers/cut-value.js';
import { type McpContext } from '../answers/mcp-context.js';
import { newestFirst, type ResourceKind } from './resource-kind.js';

/** What clients may attach to a conversation; a tool reads each of them too. */
export const resourceKinds = (operations: Operations): ResourceKind[] => [
  alertsOf(operations),
  enrichmentsOf(operations),
  detectionRulesOf(operations),
  contextDocumentsOf(operations),
  workflowsOf(operations),
  metricsOf(operations),
];

const alertsOf = ({ alerts }: Operations): ResourceKind => ({
  name: 'alerts',
  title: 'Alerts',
  description: 'An alert with everything that is known about it',
  template: '{uuid}',
  access: alerts.getContext.access,
  async list({ caller }) {
    const { items } = await alerts.list.run(newestFirst, caller);
    return items.map(({ uuid, title }) => ({ id: uuid, title }));
  },
  async read(variables, { caller }) {
    const query = {
      uuid: uuidOf(variables),
      format: 'json',
      max_tokens: ANSWER_TOKENS.max,
    } as const;
    const context = await alerts.getContext.run(query, caller);
    return typeof context === 'string' ? { context } : context;
  },
});

const enrichmentsOf = ({ indicators }: Operations): ResourceKind => ({
  name: 'enrichments',
  title: 'Enrichments',
  description:
    'What the providers said about an indicator, as it is stored; the value is percent-encoded. enrich_indicator asks anew',
  template: '{type}/{value}',
  access: indicators.list.access,
  async list({ caller }) {
    const { items } = await indicators.list.run(newestFirst, caller);
    return items.map(({ type, value }) => ({
      id: `${type}/${encodeURIComponent(value)}`,
      title: `${type} ${value}`,
    }));
  },
  async read({ type: word, value }, context) {
    const type = indicatorTypeSchema.safeParse(word).data;
    if (type === undefined || value === undefined) throw nothingThere();
    const query = { type, value, page_size: 1, include_total: false };
    const [indicator] = (await indicators.list.run(query, context.caller)).items;
    if (!indicator) throw nothingThere();
    return await withMarks(
      indicator,
      ['/value', '/malice_reasons', '/enrichment_results'],
      context,
    );
  },
});

const detectionRulesOf = ({ detectionRules }: Operations): ResourceKind =>
  storedKind(detectionRules, {
    name: 'detection-rules',
    title: 'Detection rules',
    description: 'A rule that makes alerts: what it detects, false positives, how to triage',
    titleOf: ({ name }) => name,
    untrustedPaths: ['/name', '/source_rule_id'],
  });

const contextDocumentsOf = ({ contextDocuments }: Operations): ResourceKind =>
  storedKind(contextDocuments, {
    name: 'context-documents',
    title: 'Context documents',
    description: 'A runbook, plan or procedure of the organisation',
    titleOf: ({ title }) => title,
    untrustedPaths: [],
  });

const workflowsOf = ({ workflows }: Operations): ResourceKind =>
  storedKind(workflows, {
    name: 'workflows',
    title: 'Workflows',
    description: 'What can be done about an alert, and who must approve it',
    titleOf: ({ name }) => name,
    untrustedPaths: [],
  });

type StoredKind<R> = Pick<ResourceKind, 'name' | 'title' | 'description'> & {
  titleOf: (resource: R) => string;
  untrustedPaths: string[];
};

/** A kind of resource that is listed, and read by its uuid. */
const storedKind = <R extends { uuid: string }>(
  { list, get }: ReadOperations<R>,
  { titleOf, untrustedPaths, ...about }: StoredKind<R>,
): ResourceKind => ({
  ...about,
  template: '{uuid}',
  access: get.access,
  async list({ caller }) {
    const { items } = await list.run(newestFirst, caller);
    return items.map((resource) => ({ id: resource.uuid, title: titleOf(resource) }));
  },
  async read(variables, context) {
    const resource = await get.run({ uuid: uuidOf(variables) }, context.caller);
    return await withMarks(resource, untrustedPaths, context);
  },
});

const metricsOf = ({ metrics: { summarize } }: Operations): ResourceKind => ({
  name: 'metrics',
  title: 'Metrics',
  description: 'How alerts are handled: of the last 30 days, and now. get_metrics takes any span',
  template: '{report}',
  access: summarize.access,
  list: async () =>
    await Promise.resolve([{ id: SUMMARY, title: 'How alerts were handled in the last 30 days' }]),
  async read({ report }, context) {
    if (report !== SUMMARY) throw nothingThere();
    const summary = await summarize.run(scorecardQuerySchema.parse({}), context.caller);
    return await withMarks(summary, ['/closed/by_classification', '/providers'], context);
  },
});

const SUMMARY = 'summary';

function uuidOf({ uuid }: Readonly<Record<string, string>>): string {
  const parsed = uuidSchema.safeParse(uuid);
  if (!parsed.success) throw nothingThere();
  return parsed.data;
}

const nothingThere = (): AppError => new AppError('resource.not_found', 'No such resource.');

/** A resource within an answer, with what an attacker could have written. */
async function withMarks(
  resource: object,
  untrustedPaths: string[],
  { loadBudgets }: McpContext,
): Promise<object> {
  const budget = (await loadBudgets())();
  const { value, isCut } = cutToFit(resource, (json) => budget.fits(json));
  return { ...value, _metadata: { truncated: isCut, untrusted_paths: untrustedPaths } };
}
