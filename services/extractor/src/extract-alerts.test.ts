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
  statedIndicators: [],
  addedIndicators: [],
  normalizedFields: {},
  rawPayloadJson: JSON.stringify({ src_ip: '203.0.113.7', id }),
});

const extraction = (deps: Partial<ExtractAlertsDeps> = {}) =>
  alertExtraction({
    store: { load: async (ids) => ids.map((id) => (id === 'gone' ? undefined : anAlert(id))) },
    mappings: async () => () => compileMappings([]),
    ownDomains: new Set(),
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
});
