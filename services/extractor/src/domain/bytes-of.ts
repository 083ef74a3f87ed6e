import { type ExtractedIndicator } from '@calseta/common';

/** An indicator or a place of it without its texts. */
const OBJECT_BYTES = 150;

/** What indicators take in memory, about: for bounds that need no exact number. */
export function bytesOf(indicators: readonly ExtractedIndicator[]): number {
  let bytes = 0;
  for (const { value, displayValue = '', provenance } of indicators) {
    bytes += OBJECT_BYTES + value.length + displayValue.length;
    for (const { pointer, statedAs = '' } of provenance)
      bytes += OBJECT_BYTES + pointer.length + statedAs.length;
  }
  return bytes;
}
