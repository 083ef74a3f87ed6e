import { newUuid, TEST_SOURCE } from '@calseta/common';
import { type createDispatchStore } from '@calseta/database';

type TestDelivery = Parameters<ReturnType<typeof createDispatchStore>['createTestDelivery']>[0];

/** A test push to an agent, as the dispatcher writes it down before it sends it. */
export function aTestDelivery(agentId: string): TestDelivery {
  const now = new Date();
  return {
    id: newUuid(),
    agentId,
    alert: {
      uuid: newUuid(),
      title: 'Test alert',
      severity: 'Informational',
      sourceName: TEST_SOURCE,
      status: 'Open',
      malice: 'Malicious',
      occurredAt: now,
      tags: ['test'],
      hosts: ['h'],
      users: ['u'],
      mitreTactics: [],
      mitreTechniques: [],
      normalizedFields: {},
      duplicateCount: 0,
      enrichmentSucceeded: ['virustotal'],
      enrichmentNotFound: [],
      enrichmentFailed: [],
      enrichmentReasons: {},
      enrichedAt: now,
      indicatorCount: 1,
      droppedIndicatorCount: 0,
    },
    rawPayloadJson: '{"record_id":9007199254740993}',
  };
}
