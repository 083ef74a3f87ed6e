import { type ExtractedIndicator } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { summarizeExtraction } from './summarize-extraction.js';

const found = (pass: 'explicit' | 'text', isMalformed = false): ExtractedIndicator => ({
  type: 'ip',
  value: '198.51.100.7',
  classification: 'documentation',
  isMalformed,
  provenance: [{ pass, pointer: '/x' }],
});

describe('summarizeExtraction', () => {
  test('counts by the pass that found first and by type, and what is wrong only where something is', () => {
    expect(
      summarizeExtraction({
        indicators: [found('explicit'), found('text')],
        dropped: 0,
        notes: [],
      }),
    ).toEqual({
      indicators: 2,
      by_pass: { explicit: 1, text: 1 },
      by_type: { ip: 2 },
    });
    expect(
      summarizeExtraction({ indicators: [found('explicit', true)], dropped: 3, notes: ['cut'] }),
    ).toMatchObject({
      malformed: 1,
      dropped: 3,
      notes: ['cut'],
    });
  });
});
