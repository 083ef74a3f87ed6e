import { type StatedIndicator, cutToBytes } from '@calseta/common';
import { stripInvisible } from '../canonicalize/clean.js';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { MAX_VALUE_BYTES } from '../values/limits.js';
import { type Collector } from './merge.js';

/** Adds the indicators that the sender states. Malformed ones are kept as stated, marked, and never looked up. */
export function collectStated(stated: readonly StatedIndicator[], collector: Collector): void {
  for (const { type, value, pointer, extractor, role } of stated) {
    const asStated = cutToBytes(stripInvisible(value).trim(), MAX_VALUE_BYTES);
    if (asStated === '') continue;
    const canonical = canonicalize(type, value);
    collector.add({
      type,
      canonical: canonical.ok ? canonical : { value: asStated, classification: 'reserved' },
      isMalformed: !canonical.ok,
      role,
      provenance: {
        pass: 'explicit',
        pointer: pointer ?? '',
        ...(extractor !== undefined && { extractor }),
        statedAs: value,
      },
    });
  }
}
