import { type IndicatorLookupRequest, REQUESTS } from '@calseta/common';
import { type PipelineTransport } from '@calseta/messaging';
import { operation } from './operation.js';

export type EnrichmentDeps = { transport: Pick<PipelineTransport, 'request'> };

export type EnrichmentOperations = ReturnType<typeof enrichmentOperations>;

/** Lookups of a value by the providers, without an alert. */
export const enrichmentOperations = ({ transport }: EnrichmentDeps) => ({
  lookUp: operation(
    { scope: 'enrichments:read' },
    async (request: IndicatorLookupRequest, { traceparent }) =>
      await transport.request(REQUESTS.lookUpIndicator, request, { traceparent }),
  ),
});
