import { type IndicatorLookupAnswer, type IndicatorLookupRequest, REQUESTS } from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { type Caller, operation } from '../operation.js';

export type EnrichmentDeps = { transport: Pick<PipelineTransport, 'request'> };

export type EnrichmentOperations = ReturnType<typeof enrichmentOperations>;

/** Lookups of values by the providers, without an alert. */
export const enrichmentOperations = ({ transport }: EnrichmentDeps) => {
  const access = { scope: 'enrichments:read' } as const;
  const ask = async (
    request: IndicatorLookupRequest,
    { traceparent }: Caller,
  ): Promise<IndicatorLookupAnswer> =>
    await transport.request(REQUESTS.lookUpIndicator, request, { traceparent });
  return {
    lookUp: operation(access, ask),
    /** Each by itself: any enricher may answer it, and the failure of one is not that of another. */
    lookUpAll: operation(
      access,
      async (requests: readonly IndicatorLookupRequest[], caller) =>
        await Promise.allSettled(requests.map(async (request) => await ask(request, caller))),
    ),
  };
};
