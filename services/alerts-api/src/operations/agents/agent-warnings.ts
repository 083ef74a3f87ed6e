import { conditionsOf, type Issue, type UpdateAgent } from '@calseta/common';
import { type AgentStore, type SourceSettingsStore } from '@calseta/database';
import { closestMatch } from 'leven';

export type AgentWarningDeps = {
  agents: Pick<AgentStore, 'findTwin'>;
  sources: Pick<SourceSettingsStore, 'list'>;
};

/** Sources that are read to compare names with; an installation has some twenty. */
const MAX_SOURCES = 500;
/** Characters in which a misspelt name differs from the one that is meant. */
const MAX_MISTAKES = 3;

/** What was taken, and may not do what was meant: filters that no alert can match, and an agent that exists already. */
export async function warnOfAgent(
  { agents, sources }: AgentWarningDeps,
  input: UpdateAgent,
  uuid?: string,
): Promise<Issue[]> {
  const [twin, unknown] = await Promise.all([
    agents.findTwin({ name: input.name, webhook_url: input.webhook_url }, uuid),
    unknownSources(sources, input),
  ]);
  return [
    ...unknown,
    ...(twin
      ? [
          {
            pointer: `/${twin.by}`,
            message: `the agent ${twin.uuid} has the same one; both are pushed each alert that they match`,
          },
        ]
      : []),
  ];
}

/** Names of sources, in the filter or the rule, that no source has. */
async function unknownSources(
  sources: AgentWarningDeps['sources'],
  input: Pick<UpdateAgent, 'trigger_filter' | 'match'>,
): Promise<Issue[]> {
  const named = namedSources(input);
  if (named.length === 0) return [];
  const { items } = await sources.list({ pageSize: MAX_SOURCES, includeTotal: false });
  const known = items.map(({ name }) => name);
  return named
    .filter(({ name }) => !known.includes(name.toLowerCase()))
    .map(({ name, pointer }) => {
      const closest = closestMatch(name.toLowerCase(), known, { maxDistance: MAX_MISTAKES });
      const hint = closest === undefined ? '' : `; did you mean \`${closest}\`?`;
      return { pointer, message: `no source is named \`${name}\`, so no alert matches it${hint}` };
    });
}

type NamedSource = { name: string; pointer: string };

function namedSources({
  trigger_filter: filter,
  match,
}: Pick<UpdateAgent, 'trigger_filter' | 'match'>): NamedSource[] {
  const ofFilter = (filter?.source_names ?? []).map((name, index) => ({
    name,
    pointer: `/trigger_filter/source_names/${index}`,
  }));
  const ofRule = match
    ? conditionsOf(match).flatMap(({ condition, path }) =>
        condition.field === 'source_name' && (condition.op === 'eq' || condition.op === 'in')
          ? [condition.value].flat().map((name) => ({
              name: String(name),
              pointer: `/match/${path.join('/')}/value`,
            }))
          : [],
      )
    : [];
  return [...ofFilter, ...ofRule];
}
