import {
  ADDED_POINTER,
  type AddedIndicator,
  cutToBytes,
  type Provenance,
  type StatedIndicator,
} from '@calseta/common';
import { stripInvisible } from '../canonicalize/clean.js';
import { canonicalize } from '../canonicalize/canonicalize.js';
import { MAX_VALUE_BYTES } from '../values/limits.js';
import { type Collector } from './merge.js';

/** Adds the indicators that the sender states. Malformed ones are kept as stated, marked, and never looked up. */
export function collectStated(stated: readonly StatedIndicator[], collector: Collector): void {
  for (const indicator of stated) {
    const { pointer, extractor } = indicator;
    collectGiven(indicator, collector, {
      pass: 'explicit',
      pointer: pointer ?? '',
      ...(extractor !== undefined && { extractor }),
      statedAs: indicator.value,
    });
  }
}

/** Adds the indicators that people and agents added. They come first, so that no limit drops them. */
export function collectAdded(added: readonly AddedIndicator[], collector: Collector): void {
  for (const indicator of added) {
    const { value, statedAs = value, addedBy, agentName } = indicator;
    collectGiven({ ...indicator, value: statedAs }, collector, {
      pass: 'added',
      pointer: ADDED_POINTER,
      statedAs,
      addedBy,
      ...(agentName !== undefined && { agentName }),
    });
  }
}

function collectGiven(
  { type, value, role }: Pick<StatedIndicator, 'type' | 'value' | 'role'>,
  collector: Collector,
  provenance: Provenance,
): void {
  const asStated = cutToBytes(stripInvisible(value).trim(), MAX_VALUE_BYTES);
  if (asStated === '') return;
  const canonical = canonicalize(type, value);
  collector.add({
    type,
    canonical: canonical.ok ? canonical : { value: asStated, classification: 'reserved' },
    isMalformed: !canonical.ok,
    role,
    provenance,
  });
}
