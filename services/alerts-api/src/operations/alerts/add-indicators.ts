import {
  type AddedIndicator,
  type AddedIndicators,
  type AddIndicators,
  AppError,
  type ExtractedIndicator,
  type Issue,
} from '@calseta/common';
import { type AddedIndicatorStore, type AgentStore, type Addition } from '@calseta/database';
import { canonicalize, extractAdded } from '@calseta/indicators';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid } from '../resources.js';

export type AddIndicatorsDeps = {
  addedIndicators: AddedIndicatorStore;
  agents: Pick<AgentStore, 'get'>;
  ownDomains: ReadonlySet<string>;
};

/** Indicators that a person or an agent knows of, and the payload of the alert has not. */
export const addIndicatorsOperation = ({
  addedIndicators,
  agents,
  ownDomains,
}: AddIndicatorsDeps) =>
  operation(
    { scope: 'alerts:write' },
    async (
      { uuid, items, reason }: ByUuid & AddIndicators,
      { principal: { keyId, agentId } },
    ): Promise<AddedIndicators> => {
      assertValid(items);
      const agent = agentId === null ? undefined : await agents.get(agentId);
      const author = { addedBy: keyId, ...(agent && { agentName: agent.name }) };
      const additions = distinct(
        items.map(({ type, value, role }) =>
          toAddition({ type, value, ...(role && { role }), ...author }, ownDomains),
        ),
      );
      const isNew = found(
        'alert',
        await addedIndicators.add(uuid, {
          additions,
          actor: keyId,
          ...(reason !== undefined && { reason }),
        }),
      );
      return {
        indicators: additions.flatMap(({ indicators: [first] }, index) =>
          first ? [toResult(first, isNew[index] === true)] : [],
        ),
        added_count: isNew.filter(Boolean).length,
      };
    },
  );

/** By hand only what is valid for its type is added: whoever adds it can correct it. */
function assertValid(items: AddIndicators['items']): void {
  const issues: Issue[] = items.flatMap(({ type, value }, index) =>
    canonicalize(type, value).ok
      ? []
      : [{ pointer: `/items/${index}/value`, message: `is not valid for the type \`${type}\`` }],
  );
  if (issues.length > 0)
    throw new AppError('request.invalid', 'An indicator is malformed for its type.', { issues });
}

function toAddition(given: AddedIndicator, ownDomains: ReadonlySet<string>): Addition {
  const indicators = extractAdded([given], ownDomains);
  const { value = given.value } = indicators[0] ?? {};
  const stated = value === given.value ? {} : { statedAs: given.value };
  return { given: { ...given, value, ...stated }, indicators };
}

/** The first of each, in the order in which they were sent. */
function distinct(additions: readonly Addition[]): Addition[] {
  const seen = new Set<string>();
  return additions.filter(({ given: { type, value } }) => {
    const key = `${type} ${value}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const toResult = (
  { type, value, displayValue, classification }: ExtractedIndicator,
  isNew: boolean,
): AddedIndicators['indicators'][number] => ({
  type,
  value,
  ...(displayValue !== undefined && { display_value: displayValue }),
  classification,
  is_new: isNew,
});
