import { newTraceparent, newUuid } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { slowSource } from '../../test/slow-source.js';
import { createReparse } from './respond-reparse.js';

/** Takes longer to read than the longest slice. */
const ALERTS = 60;

test('reading an envelope again lets others work between its alerts', async () => {
  const { known, turnOfEach, stop } = slowSource();
  const reparse = createReparse({
    findSource: async () => known,
    quarantine: {
      find: async () => ({
        sourceName: 'slow',
        stage: 'quarantined',
        dedupKey: 'text:x',
        receivedAt: new Date(),
        rawPayload: JSON.stringify(Array.from({ length: ALERTS }, (_, index) => ({ index }))),
        notes: [],
        traceparent: null,
      }),
      save: async () => ({ revision: 2, severity: 'Low' }),
    },
    storeAlert: async () => ({
      alertId: newUuid(),
      severity: 'Low',
      status: 'queued' as const,
      isUrgent: false,
      duplicateCount: 0,
    }),
    publisher: { publish: () => undefined },
  });
  const answer = await reparse(
    { alert_id: newUuid(), actor: 'tester' },
    { traceparent: newTraceparent() },
  );
  stop();
  expect(answer.further_alert_ids).toHaveLength(ALERTS - 1);
  expect(new Set(turnOfEach).size).toBeGreaterThan(1);
});
