import { type IndicatorFilter, type PageQuery, type UpdateIndicator } from '@calseta/common';
import { type IndicatorStore } from '@calseta/database';
import { found } from './found.js';
import { operation } from './operation.js';
import { toPageRequest } from './page.js';
import { type ByUuid } from './resources.js';

export type IndicatorDeps = { indicators: IndicatorStore };

export type IndicatorOperations = ReturnType<typeof indicatorOperations>;

/** Indicators of all alerts. */
export const indicatorOperations = ({ indicators }: IndicatorDeps) => ({
  list: operation(
    { scope: 'alerts:read' },
    async (query: IndicatorFilter & PageQuery) =>
      await indicators.list(query, toPageRequest(query)),
  ),
  get: operation({ scope: 'alerts:read' }, async ({ uuid }: ByUuid) =>
    found('indicator', await indicators.get(uuid)),
  ),
  /** Overrides the verdict, or removes the override. */
  override: operation(
    { scope: 'config:write' },
    async ({ uuid, changes }: ByUuid & { changes: UpdateIndicator }, { principal }) =>
      found('indicator', await indicators.override(uuid, changes, principal.keyId)),
  ),
});
