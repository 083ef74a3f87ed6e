import { compileMappings } from '@calseta/indicators';
import { expect, test } from '@jest/globals';
import { type AlertToExtract } from '@calseta/database';
import { extractionLanes } from './with-extracted.js';

const aWideAlert = (id: string): AlertToExtract => ({
  id,
  stage: 'ingested',
  stageChangedAt: new Date(0),
  revision: 1,
  sourceName: 'generic',
  title: 'T',
  severity: 'Low',
  occurredAt: new Date(0),
  mitreTactics: [],
  mitreTechniques: [],
  statedIndicatorsJson: '[{"type":"ip","value":"203.0.113.7"}]',
  addedIndicators: [],
  normalizedFields: {},
  rawPayloadJson: '{}',
});

/** Lanes in which one alert in work is as much as may be held. */
function smallLanes() {
  let waits = 0;
  const withExtracted = extractionLanes({
    store: { load: async ([id = '']) => [id === 'gone' ? undefined : aWideAlert(id)] },
    mappings: async () => () => compileMappings([]),
    ownDomains: new Set(),
    onCut: () => undefined,
    maxBytes: 1,
    onWait: () => (waits += 1),
  });
  return { withExtracted, waits: () => waits };
}

test('extractionLanes extracts the next alerts once those before them are worked on, each lane by itself', async () => {
  const { withExtracted, waits } = smallLanes();
  const order: string[] = [];
  let finish: () => void = () => undefined;
  const isFinished = new Promise<void>((resolve) => (finish = resolve));
  const run = async (id: string, lane: 'normal' | 'urgent', until?: Promise<void>) =>
    await withExtracted({ alert_id: id, lane }, async (alert) => {
      order.push(`${alert?.id} starts`);
      await until;
      order.push(`${alert?.id} ends`);
    });
  const works = [run('first', 'normal', isFinished), run('second', 'normal')];
  await run('urgent', 'urgent');
  expect(order.slice(-2)).toEqual(['urgent starts', 'urgent ends']);
  finish();
  await Promise.all(works);
  expect(order.indexOf('second starts')).toBeGreaterThan(order.indexOf('first ends'));
  expect(waits()).toBe(1);
});

test('extractionLanes holds nothing of a failed work or a missing alert', async () => {
  const { withExtracted } = smallLanes();
  const fails = withExtracted({ alert_id: 'a', lane: 'normal' }, async () => {
    throw new Error('not saved');
  });
  await expect(fails).rejects.toThrow('not saved');
  expect(await withExtracted({ alert_id: 'gone', lane: 'normal' }, async (alert) => alert)).toBe(
    undefined,
  );
  expect(await withExtracted({ alert_id: 'b', lane: 'normal' }, async (alert) => alert?.id)).toBe(
    'b',
  );
});
