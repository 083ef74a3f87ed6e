import {
  type AlertKnowledge,
  newUuid,
  sampleEnrichment,
  TEST_ALERT_HOURS,
  TEST_SOURCE,
} from '@calseta/common';

/**
 * An escape, text beyond ASCII, a number beyond 2^53 and one with a zero at its end: whoever parses a push and writes it
 * again gets another text, and so another signature.
 */
const AWKWARD_PAYLOAD = String.raw`{"test":true,"src_ip":"203.0.113.7","note":"caf\u00e9 – ünïcode","record_id":9007199254740993,"cost":1.10}`;

/** The alert of a test push, clearly marked as a test. Its enrichment is what the built-in providers send. */
export function sampleAlert(now: Date): AlertKnowledge {
  const { subject, malice, maliceReasons, succeeded, notFound, results } = sampleEnrichment(now);
  return {
    revision: 1,
    alert: {
      uuid: newUuid(),
      title: 'Test alert from Calseta',
      description:
        'This alert shows what pushes look like. It takes a finding and a status like any other, and is deleted ' +
        `after ${TEST_ALERT_HOURS} hours.`,
      severity: 'Informational',
      sourceName: TEST_SOURCE,
      status: 'Open',
      malice,
      occurredAt: now,
      tags: ['test'],
      hosts: ['test-host'],
      users: ['test-user'],
      nativeAlertId: 'test-1',
      sourceRuleId: 'test-rule',
      mitreTactics: ['TA0001'],
      mitreTechniques: ['T1078'],
      normalizedFields: { src_ip: '203.0.113.7' },
      duplicateCount: 0,
      enrichmentSucceeded: [...succeeded],
      enrichmentNotFound: [...notFound],
      enrichmentFailed: [],
      enrichmentReasons: {},
      enrichedAt: now,
      indicatorCount: 1,
      droppedIndicatorCount: 0,
    },
    rawPayloadJson: AWKWARD_PAYLOAD,
    marks: { test: true },
    indicators: [
      {
        ...subject,
        malice,
        maliceReasons: [...maliceReasons],
        isMalformed: false,
        role: 'source',
        provenance: [{ pass: 'system', pointer: '#/normalized/src_ip' }],
        enrichmentResults: results,
      },
    ],
    detectionRule: {
      name: 'Test rule',
      mitreTactics: ['TA0001'],
      mitreTechniques: ['T1078'],
      documentation: '## Overview\nMatches test alerts.',
    },
    relatedAlerts: [],
  };
}
