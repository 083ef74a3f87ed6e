import { type AlertMessage, makeMessage, newUuid, type PipelineStage } from '@calseta/common';
import { expect, jest, test } from '@jest/globals';
import { advanceAlert } from './advance-alert.js';

const COMMITTED_AT = new Date('2026-03-01T10:00:00.000Z');

/** Handles a message of the enricher about an alert at a stage. */
async function advanceAt(stage: PipelineStage | 'gone', isSaved = true) {
  const alert = { id: newUuid(), revision: 2, severity: 'High' as const };
  const message = makeMessage({ type: 'alert.extracted', alertId: alert.id, ...alert });
  const work = jest.fn(async () => isSaved);
  const stored = stage === 'gone' ? undefined : { ...alert, stage, stageChangedAt: COMMITTED_AT };
  const before = Date.now();
  const next = await advanceAlert(message, stored, { next: 'alert.enriched', work });
  return { next, message, before, works: work.mock.calls.length };
}

const expectNext = (next: AlertMessage | undefined, cause: AlertMessage): void => {
  expect(next).toMatchObject({
    type: 'alert.enriched',
    alert_id: cause.alert_id,
    revision: 2,
    lane: 'urgent',
    causation_id: cause.message_id,
  });
};

test('advanceAlert does the work of the stage, and returns the next message', async () => {
  const { next, message, before, works } = await advanceAt('extracted');
  expect(works).toBe(1);
  expectNext(next, message);
  expect(Date.parse(next!.occurred_at)).toBeGreaterThanOrEqual(before);
});

test('advanceAlert only returns the next message when the work is committed', async () => {
  const { next, message, works } = await advanceAt('enriched');
  expect(works).toBe(0);
  expectNext(next, message);
  expect(next?.occurred_at).toBe(COMMITTED_AT.toISOString());
});

test('advanceAlert leaves the next message to those who moved the alert on meanwhile', async () => {
  expect(await advanceAt('extracted', false)).toMatchObject({ next: undefined, works: 1 });
});

test.each(['gone', 'ingested', 'dispatched', 'failed'] as const)(
  'advanceAlert does nothing for an alert that is %s',
  async (stage) => {
    expect(await advanceAt(stage)).toMatchObject({ next: undefined, works: 0 });
  },
);
