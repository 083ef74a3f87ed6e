import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AlertToExtract } from '@calseta/database';
import { compileMappings } from '@calseta/indicators';
import { describe, expect, test } from '@jest/globals';
import { alertExtraction, type ExtractAlertsDeps } from './extract-alerts.js';

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
  statedIndicatorsJson: '[]',
  addedIndicators: [],
  normalizedFields: {},
  rawPayloadJson: JSON.stringify({ src_ip: '203.0.113.7', id }),
});

const extraction = (deps: Partial<ExtractAlertsDeps> = {}) =>
  alertExtraction({
    store: { load: async (ids) => ids.map((id) => (id === 'gone' ? undefined : anAlert(id))) },
    mappings: async () => () => compileMappings([]),
    ownDomains: new Set(),
    held: { room: async () => undefined, hold: () => undefined },
    maxBytes: 1_000_000,
    onCut: () => undefined,
    ...deps,
  });

describe('extractAlerts', () => {
  test('extracts in the order asked, with gaps where there is no alert, and keeps no payload', async () => {
    const extracted = await extraction()(['a', 'gone', 'b']);
    expect(extracted.map((alert) => alert?.id)).toEqual(['a', undefined, 'b']);
    expect(extracted[0]).toMatchObject({
      outcome: { indicators: [{ type: 'ip', value: '203.0.113.7' }] },
    });
    expect(extracted[0]).not.toHaveProperty('rawPayloadJson');
  });

  test('lets other work run between two alerts', async () => {
    const order: string[] = [];
    const extracting = extraction({
      mappings: async () => () => {
        order.push('an alert');
        return compileMappings([]);
      },
    })(['a', 'b']);
    for (const before = order.length; order.length === before;) await nextTurn();
    order.push('other work');
    await extracting;
    expect(order).toEqual(['an alert', 'other work', 'an alert']);
  });

  test('takes no further alert once what it has extracted is large, and holds that', async () => {
    const [{ bytes } = { bytes: 0 }] = await extraction()(['a']);
    const held: number[] = [];
    const extractWithin = async (maxBytes: number) =>
      await extraction({
        maxBytes,
        held: { room: async () => undefined, hold: (sum) => held.push(sum) },
      })(['a', 'b', 'c', 'd']);
    expect(await extractWithin(1)).toHaveLength(1);
    expect(await extractWithin(2 * bytes)).toHaveLength(2);
    expect(await extractWithin(2 * bytes + 1)).toHaveLength(3);
    expect(held).toEqual([bytes, 2 * bytes, 3 * bytes]);
  });

  test('loads within its bound, and only once there is room for more', async () => {
    const events: unknown[] = [];
    await extraction({
      maxBytes: 7,
      store: {
        load: async (ids, maxBytes) => {
          events.push(['loads', ids, maxBytes]);
          return [anAlert('a')];
        },
      },
      held: { room: async () => void events.push('has room'), hold: () => undefined },
    })(['a', 'b']);
    expect(events).toEqual(['has room', ['loads', ['a', 'b'], 7]]);
  });
});
