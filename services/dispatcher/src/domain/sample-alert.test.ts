import { expect, test } from '@jest/globals';
import {
  bodyFor,
  completeContext,
  DEFAULT_PAYLOAD,
  pushPayloadSchema,
  renderPush,
  sampleEnrichment,
} from '@calseta/common';
import { sampleAlert } from './sample-alert.js';

const NOW = new Date('2025-01-15T10:30:05Z');

test('a test push is a push like any other', () => {
  const context = completeContext(sampleAlert(NOW), { documents: [], workflows: [] });
  const rendered = renderPush(context, {
    generatedAt: NOW,
    publicUrl: 'https://calseta.example.com',
    settings: DEFAULT_PAYLOAD,
  });
  const push = pushPayloadSchema.parse(JSON.parse(bodyFor(rendered, 'Agent')));
  const { malice, maliceReasons } = sampleEnrichment(NOW);
  expect(push.indicators).toEqual([
    {
      type: 'ip',
      value: '203.0.113.7',
      malice,
      malice_reasons: maliceReasons,
      classification: 'documentation',
      role: 'source',
      enrichment_results: {
        sightings: {
          extracted: {
            alert_count: 2,
            first_seen_at: '2025-01-15T10:30:05Z',
            alert_verdicts: { malicious: 1 },
          },
        },
      },
      provenance: [{ pointer: '/alert/normalized_fields/src_ip' }],
    },
  ]);
});
