import {
  type AddedIndicator,
  type CompiledPaths,
  type ExtractedIndicator,
  type IndicatorMapping,
  type StatedIndicator,
} from '@calseta/common';

/** The mappings that apply to an alert. All custom ones are read in one walk. */
export type CompiledMappings = {
  system: readonly IndicatorMapping[];
  custom: readonly IndicatorMapping[];
  /** Paths of the custom mappings, in the same order. */
  paths: CompiledPaths;
};

export type ExtractionInput = {
  sourceName: string;
  title: string;
  description?: string;
  rawPayload: unknown;
  /** Those that people and agents added; no limit drops them. */
  addedIndicators?: readonly AddedIndicator[];
  statedIndicators: readonly StatedIndicator[];
  normalizedFields: Readonly<Record<string, string | readonly string[]>>;
  mappings: CompiledMappings;
  /** The organisation's own domains, in lower case. */
  ownDomains?: ReadonlySet<string>;
};

export type ExtractionOutcome = {
  indicators: ExtractedIndicator[];
  /** Number of indicators that the limits left out. */
  dropped: number;
  /** Notes about limits of the mappings that were reached. */
  notes: string[];
};
