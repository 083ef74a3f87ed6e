import { type IndicatorMapping } from '@calseta/common';
import { type CompiledMappings } from './extraction.js';
import { compileMappings } from './mappings.js';

/** A mapping and the source that it is for; null: every source. */
type SourcedMapping = IndicatorMapping & { sourceName: string | null };

/** The mappings that apply to a source, its own and those of every source, compiled when first asked for. */
export function mappingsBySource(
  mappings: readonly SourcedMapping[],
): (sourceName: string) => CompiledMappings {
  const withOwn = new Set(mappings.map(({ sourceName }) => sourceName));
  const compiled = new Map<string | null, CompiledMappings>();
  return (name) => {
    const source = withOwn.has(name) ? name : null;
    const known = compiled.get(source);
    if (known) return known;
    const applying = mappings.filter(
      ({ sourceName }) => sourceName === null || sourceName === source,
    );
    const made = compileMappings(applying);
    compiled.set(source, made);
    return made;
  };
}
