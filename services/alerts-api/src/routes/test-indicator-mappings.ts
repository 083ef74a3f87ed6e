import { runInTurns } from '@calseta/async';
import {
  dataEnvelope,
  jsonData,
  testedIndicatorMappingsSchema,
  testIndicatorMappingsSchema,
} from '@calseta/common';
import { compileMappings } from '@calseta/indicators';
import { type ExtractionStore } from '@calseta/database';
import { defineRoute, reply, type Route } from '@calseta/platform';
import { extractFromReading } from '../domain/extract-from-reading.js';
import { type TryPayload } from '../try-payload.js';

export type TestIndicatorMappingsDeps = {
  tryPayload: TryPayload;
  loadMappings: ExtractionStore['loadMappings'];
  ownDomains: ReadonlySet<string>;
};

/** Runs all passes over a payload with the mappings in force and drafts of others. */
export const testIndicatorMappingsRoute = (deps: TestIndicatorMappingsDeps): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/indicator-mappings/test',
    scope: 'alerts:read',
    summary: 'Try a payload: what each pass finds in it, and where',
    description:
      'Drafts are named `draft-1`, `draft-2`, … in `mapping_id`; to try them takes what saving them ' +
      'does. Nothing is stored.',
    tags: ['Indicator mappings'],
    body: testIndicatorMappingsSchema,
    fieldScopes: { mappings: 'config:write' },
    responses: { 200: dataEnvelope(testedIndicatorMappingsSchema) },
    errors: ['source.unknown', 'request.too_large', 'service.unavailable'],
    handler: async ({ body, request }) => {
      const { source_name, payload, mappings: drafts } = body;
      const [{ alerts, alert_count }, stored] = await Promise.all([
        deps.tryPayload({ source_name, payload }, request.traceparent),
        deps.loadMappings(),
      ]);
      const mappings = compileMappings(
        [
          ...stored,
          ...drafts
            .filter(({ is_active }) => is_active)
            .map((draft, index) => ({
              id: `draft-${index + 1}`,
              pass: 'custom' as const,
              sourceName: draft.source_name,
              path: draft.path,
              indicatorType: draft.indicator_type,
              ...(draft.role !== null && { role: draft.role }),
            })),
        ].filter(({ sourceName }) => sourceName === null || sourceName === source_name),
      );
      const tested = [];
      for (const { reading, payload: own = payload } of alerts) {
        const work = extractFromReading({
          reading,
          payload: own,
          sourceName: source_name,
          mappings,
          ownDomains: deps.ownDomains,
        });
        tested.push(await runInTurns(work));
      }
      return reply(200, jsonData({ alerts: tested, alert_count }));
    },
  });
