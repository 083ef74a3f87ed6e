import { newUuid, sampleEnrichment } from '@calseta/common';
import { type AlertKnowledge } from './render-push.js';

/** The alert of a test push, clearly marked as a test. Its enrichment is what the built-in providers send. */
export function sampleAlert(now: Date): AlertKnowledge {
  const { subject, malice, maliceReasons, succeeded, notFound, results } = sampleEnrichment(now);
  return {
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
    },
    rawPayloadJson: JSON.stringify({ test: true, src_ip: subject.value }),
    indicators: [
      {
        ...subject,
        malice,
        maliceReasons: [...maliceReasons],
        isMalformed: false,
        role: 'source',
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
