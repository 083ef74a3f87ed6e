import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AlertToExtract } from '@calseta/database';
import { describe, expect, test } from '@jest/globals';
import { createReadAlerts } from './read-alerts.js';

const anAlert = (id: string): AlertToExtract => ({
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
  statedIndicators: [],
  normalizedFields: {},
  rawPayloadJson: JSON.stringify({ id }),
});

describe('createReadAlerts', () => {
  test('extracts in the order asked, with gaps where there is no alert, and keeps no payload', async () => {
    const readAlerts = createReadAlerts({
      load: async (ids) => ids.map((id) => (id === 'gone' ? undefined : anAlert(id))),
      extract: async ({ rawPayload }) => {
        expect(rawPayload).toEqual({ id: expect.any(String) });
        return { indicators: [], dropped: 7, notes: [] };
      },
    });
    const read = await readAlerts(['a', 'gone', 'b']);
    expect(read.map((alert) => alert?.id)).toEqual(['a', undefined, 'b']);
    expect(read[0]).toMatchObject({ outcome: { indicators: [], dropped: 7 } });
    expect(read[0]).not.toHaveProperty('rawPayloadJson');
  });

  test('lets other work run between two alerts', async () => {
    const order: string[] = [];
    const readAlerts = createReadAlerts({
      load: async (ids) => ids.map(anAlert),
      extract: async ({ id }) => {
        order.push(id);
        return { indicators: [], dropped: 0, notes: [] };
      },
    });
    const reading = readAlerts(['a', 'b']);
    await nextTurn();
    order.push('other work');
    await reading;
    expect(order).toEqual(['a', 'other work', 'b']);
  });
});
