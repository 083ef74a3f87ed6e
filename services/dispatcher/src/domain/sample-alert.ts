import { newUuid } from '@calseta/common';
import type { AlertKnowledge } from './render-push.js';

/** What a test push tells about: every section filled, and plainly marked as a test. */
export function sampleAlert(now: Date): AlertKnowledge {
  return {
    alert: {
      uuid: newUuid(),
      title: 'Test alert from Calseta',
      description: 'This alert does not exist. It shows what pushes look like.',
      severity: 'Informational',
      sourceName: 'calseta_test',
      status: 'Open',
      malice: 'Suspicious',
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
      enrichmentSucceeded: ['ip_intel'],
      enrichmentFailed: [],
      enrichedAt: now,
    },
    rawPayloadJson: JSON.stringify({ test: true, src_ip: '203.0.113.7' }),
    indicators: [
      {
        type: 'ip',
        value: '203.0.113.7',
        malice: 'Suspicious',
        maliceReasons: [],
        classification: 'documentation',
        isMalformed: false,
        role: 'source',
        enrichmentResults: { ip_intel: { extracted: { classification: 'documentation' } } },
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
