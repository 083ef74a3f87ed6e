import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AlertToExtract } from '@calseta/database';
import { compileMappings } from '@calseta/indicators';
import { describe, expect, test } from '@jest/globals';
import {
  alertExtraction,
  type ExtractAlertsDeps,
  MAX_EXTRACTED_BYTES,
  MAX_LOADED_BYTES,
} from './extract-alerts.js';

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
    const stated = Array.from({ length: 500 }, (_, index) => ({
      type: 'url',
      value: `https://example.com/${index}/`.padEnd(2_000, 'p'),
    }));
    const wide = { ...anAlert('wide'), statedIndicatorsJson: JSON.stringify(stated) };
    const held: number[] = [];
    const extracted = await extraction({
      store: { load: async (ids) => ids.map((id) => ({ ...wide, id })) },
      held: { room: async () => undefined, hold: (bytes) => held.push(bytes) },
    })(Array.from({ length: 32 }, (_, index) => `${index}`));
    const [first] = extracted;
    expect(extracted).toHaveLength(Math.ceil(MAX_EXTRACTED_BYTES / first!.bytes));
    expect(held).toEqual([first!.bytes * extracted.length]);
  });

  test('loads within its bound, and only once there is room for more', async () => {
    const events: unknown[] = [];
    await extraction({
      store: {
        load: async (ids, maxBytes) => {
          events.push(['loads', ids, maxBytes]);
          return [anAlert('a')];
        },
      },
      held: { room: async () => void events.push('has room'), hold: () => undefined },
    })(['a', 'b']);
    expect(events).toEqual(['has room', ['loads', ['a', 'b'], MAX_LOADED_BYTES]]);
  });
});
