import { type AlertKnowledge, newUuid, sampleEnrichment } from '@calseta/common';

/** The alert of a test push, clearly marked as a test. Its enrichment is what the built-in providers send. */
export function sampleAlert(now: Date): AlertKnowledge {
  const { subject, malice, maliceReasons, succeeded, notFound, results } = sampleEnrichment(now);
  return {
    revision: 1,
    alert: {
      uuid: newUuid(),
      title: 'Test alert from Calseta',
      description: 'This alert does not exist. It shows what pushes look like.',
      severity: 'Informational',
      sourceName: 'calseta_test',
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
    rawPayloadJson: JSON.stringify({ test: true, src_ip: subject.value }),
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
