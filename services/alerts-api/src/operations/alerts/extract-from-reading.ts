import {
  type AlertReading,
  type ExtractedIndicator,
  type Pass,
  PAYLOAD_PASSES,
  type Provenance,
  type SlicedWork,
  type StatedIndicator,
  type TestedIndicatorMappings,
} from '@calseta/common';
import { type CompiledMappings, extractInSlices } from '@calseta/indicators';

type TestedAlert = TestedIndicatorMappings['alerts'][number];
type Found = TestedAlert['indicators'][number];

/** The indicators that the extractor would find in an alert read by a source plugin, pass by pass; in slices. */
export function* extractFromReading({
  reading,
  payload,
  sourceName,
  mappings,
  ownDomains,
}: {
  reading: AlertReading;
  payload: unknown;
  sourceName: string;
  mappings: CompiledMappings;
  ownDomains: ReadonlySet<string>;
}): SlicedWork<TestedAlert> {
  const { indicators, dropped, notes } =
    reading.outcome === 'readable'
      ? yield* extractInSlices({
          sourceName,
          title: reading.title ?? '',
          ...(reading.description !== undefined && { description: reading.description }),
          rawPayload: payload,
          // JSON omits undefined values.
          statedIndicators: (reading.indicators ?? []) as StatedIndicator[],
          normalizedFields: reading.fields ?? {},
          mappings,
          ownDomains,
        })
      : { indicators: [], dropped: 0, notes: [] };
  const passes = Object.fromEntries(
    PAYLOAD_PASSES.map((pass) => [
      pass,
      indicators.flatMap((indicator) => foundBy(pass, indicator)),
    ]),
  ) as Record<(typeof PAYLOAD_PASSES)[number], Found[]>;
  return { reading, passes, indicators: indicators.map(toFound), dropped, notes };
}

/** The indicator with only the contribution of this pass; nothing when the pass did not find it. */
function foundBy(pass: Pass, indicator: ExtractedIndicator): Found[] {
  const provenance = indicator.provenance.filter((one) => one.pass === pass);
  return provenance.length === 0 ? [] : [toFound({ ...indicator, provenance })];
}

const toFound = (indicator: ExtractedIndicator): Found => ({
  type: indicator.type,
  value: indicator.value,
  ...(indicator.displayValue !== undefined && { display_value: indicator.displayValue }),
  classification: indicator.classification,
  is_malformed: indicator.isMalformed,
  ...(indicator.role !== undefined && { role: indicator.role }),
  provenance: indicator.provenance.map(toProvenance),
});

const toProvenance = ({ pass, pointer, extractor, mappingId, statedAs, span }: Provenance) => ({
  pass,
  pointer,
  ...(extractor !== undefined && { extractor }),
  ...(mappingId !== undefined && { mapping_id: mappingId }),
  ...(statedAs !== undefined && { stated_as: statedAs }),
  ...(span !== undefined && { span: [...span] }),
});
