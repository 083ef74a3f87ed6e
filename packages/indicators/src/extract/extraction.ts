import type {
  CompiledPaths,
  ExtractedIndicator,
  IndicatorMapping,
  StatedIndicator,
} from '@calseta/common';

/** The mappings that apply to an alert; the custom ones are read in one walk. */
export type CompiledMappings = {
  system: readonly IndicatorMapping[];
  custom: readonly IndicatorMapping[];
  /** Of the custom ones, in their order. */
  paths: CompiledPaths;
};

export type ExtractionInput = {
  sourceName: string;
  title: string;
  description?: string;
  rawPayload: unknown;
  statedIndicators: readonly StatedIndicator[];
  normalizedFields: Readonly<Record<string, string | readonly string[]>>;
  mappings: CompiledMappings;
  /** Lower-case domains of the organisation itself. */
  ownDomains?: ReadonlySet<string>;
};

export type ExtractionOutcome = {
  indicators: ExtractedIndicator[];
  /** How many were left out because of the caps, per type. */
  dropped: number;
  /** Which limits of the mappings were met. */
  notes: string[];
};
