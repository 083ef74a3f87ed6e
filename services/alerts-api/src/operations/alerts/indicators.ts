import {
  AppError,
  type IndicatorFilter,
  type PageQuery,
  type RawAnswerResource,
  type UpdateIndicator,
} from '@calseta/common';
import { type FoundRawAnswer, type IndicatorStore, type RawAnswerStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type IndicatorDeps = { indicators: IndicatorStore; rawAnswers: RawAnswerStore };

export type IndicatorOperations = ReturnType<typeof indicatorOperations>;

/** Indicators of all alerts. */
export const indicatorOperations = ({ indicators, rawAnswers }: IndicatorDeps) => ({
  list: operation(
    { scope: 'alerts:read' },
    async (query: IndicatorFilter & PageQuery) =>
      await indicators.list(query, toPageRequest(query)),
  ),
  get: operation({ scope: 'alerts:read' }, async ({ uuid }: ByUuid) =>
    found('indicator', await indicators.get(uuid)),
  ),
  /** What a provider said about it, without secrets. */
  getRawAnswer: operation(
    { scope: 'alerts:read' },
    async ({ uuid, provider }: ByUuid & { provider: string }) =>
      keptAnswer(await rawAnswers.find(uuid, provider), provider),
  ),
  /** Overrides the verdict, or removes the override. */
  override: operation(
    { scope: 'config:write' },
    async ({ uuid, changes }: ByUuid & { changes: UpdateIndicator }, { principal }) =>
      found('indicator', await indicators.override(uuid, changes, principal.keyId)),
  ),
});

/** The answer, or `resource.not_found` that says why none is kept. */
function keptAnswer(found: FoundRawAnswer, provider: string): RawAnswerResource {
  if (found.kind === 'kept') return found.answer;
  throw new AppError('resource.not_found', whyNotKept(found, provider));
}

function whyNotKept(found: Exclude<FoundRawAnswer, { kind: 'kept' }>, provider: string): string {
  if (found.kind === 'no_indicator') return 'There is no such indicator.';
  if (found.kind === 'no_provider') return `There is no provider \`${provider}\`.`;
  if (found.isLocal) return `\`${provider}\` answers by itself; what it knows is in its result.`;
  if (found.isOwnDirectory)
    return `What a directory says about a person is not kept; the facts are in the result of \`${provider}\`.`;
  if (found.status === undefined) return `\`${provider}\` has not answered about this indicator.`;
  if (found.status === 'success' || found.status === 'not_found')
    return `The answer of \`${provider}\` came before what providers say was kept.`;
  return `\`${provider}\` has not answered about this indicator: its last result is \`${found.status}\`.`;
}
