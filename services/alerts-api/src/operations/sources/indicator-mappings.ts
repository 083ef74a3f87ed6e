import { runInTurns } from '@calseta/async';
import { type TestedIndicatorMappings, type TestIndicatorMappings } from '@calseta/common';
import { type ExtractionStore, type IndicatorMappingStore } from '@calseta/database';
import { compileMappings, type CompiledMappings } from '@calseta/indicators';
import { extractFromReading } from '../alerts/extract-from-reading.js';
import { operation } from '../operation.js';
import { resourceOperations } from '../resources.js';
import { type TryPayload } from './try-payload.js';

export type IndicatorMappingDeps = {
  indicatorMappings: IndicatorMappingStore;
  tryPayload: TryPayload;
  extraction: Pick<ExtractionStore, 'loadMappings'>;
  ownDomains: ReadonlySet<string>;
};

export type IndicatorMappingOperations = ReturnType<typeof indicatorMappingOperations>;

/** Mappings, which name the paths of indicators in a payload. */
export const indicatorMappingOperations = (deps: IndicatorMappingDeps) => ({
  ...resourceOperations({
    noun: 'indicator mapping',
    scopes: { read: 'alerts:read', write: 'config:write' },
    store: deps.indicatorMappings,
  }),
  /** Runs all passes over a payload with the active mappings and drafts of others; stores nothing. */
  test: operation(
    { scope: 'alerts:read', fieldScopes: { mappings: 'config:write' } },
    async (
      { source_name, payload, mappings: drafts }: TestIndicatorMappings,
      { traceparent },
    ): Promise<TestedIndicatorMappings> => {
      const [{ alerts, alert_count }, stored] = await Promise.all([
        deps.tryPayload({ source_name, payload }, traceparent),
        deps.extraction.loadMappings(),
      ]);
      const mappings = withDrafts(stored, drafts, source_name);
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
      return { alerts: tested, alert_count };
    },
  ),
});

function withDrafts(
  stored: Awaited<ReturnType<ExtractionStore['loadMappings']>>,
  drafts: TestIndicatorMappings['mappings'],
  sourceName: string,
): CompiledMappings {
  const drafted = drafts
    .filter(({ is_active }) => is_active)
    .map((draft, index) => ({
      id: `draft-${index + 1}`,
      pass: 'custom' as const,
      sourceName: draft.source_name,
      path: draft.path,
      indicatorType: draft.indicator_type,
      ...(draft.role !== null && { role: draft.role }),
    }));
  return compileMappings(
    [...stored, ...drafted].filter(
      (one) => one.sourceName === null || one.sourceName === sourceName,
    ),
  );
}
