import { describe, expect, test } from '@jest/globals';
import { pushPayloadSchema } from '@calseta/common';
import { renderPush } from './render-push.js';
import { sampleAlert } from './sample-alert.js';

const NOW = new Date('2025-01-15T10:30:05Z');
const OPTIONS = { generatedAt: NOW, publicUrl: 'https://calseta.example.com' };
const NOTHING = { documents: [], workflows: [] };

const sample = (overrides: Partial<ReturnType<typeof sampleAlert>> = {}) => ({
  ...sampleAlert(NOW),
  ...overrides,
});

const render = (alert = sample(), knowledge: Parameters<typeof renderPush>[1] = NOTHING) =>
  pushPayloadSchema.parse(JSON.parse(renderPush(alert, knowledge, OPTIONS)));

describe('renderPush', () => {
  test('puts the raw payload in as it is, to the character', () => {
    const rawPayloadJson = '{"id": 123456789012345678901, "cost": "$& $1 $$", "e": 1.0}';
    const body = renderPush(sample({ rawPayloadJson }), NOTHING, OPTIONS);
    expect(body).toContain(`"raw_payload":${rawPayloadJson}`);
  });

  test('is not misled by text that looks like the place of the raw payload', () => {
    const title = '"\\u0000"';
    const { alert } = sample();
    const payload = render(sample({ alert: { ...alert, title, description: '\\u0000' } }));
    expect(payload.alert).toMatchObject({ title, raw_payload: { test: true } });
  });

  test('adds the documents meant for the alert and the workflows that can act on it', () => {
    const document = { docType: 'runbook', content: 'C' };
    const workflow = { documentation: 'D', approvalMode: 'always', riskLevel: 'high' };
    const payload = render(sample(), {
      documents: [
        { ...document, title: 'Global', isGlobal: true },
        {
          ...document,
          title: 'Tagged',
          isGlobal: false,
          targetingRules: { any: [{ field: 'tags', op: 'contains', value: 'test' }] },
        },
        {
          ...document,
          title: 'Critical',
          isGlobal: false,
          targetingRules: { all: [{ field: 'severity', op: 'eq', value: 'Critical' }] },
        },
      ],
      workflows: [
        { ...workflow, uuid: 'w1', name: 'Block address', indicatorTypes: ['ip'] },
        { ...workflow, uuid: 'w2', name: 'Detonate', indicatorTypes: ['hash_md5'] },
      ],
    });
    expect(payload.context_documents.map(({ title }) => title)).toEqual(['Global', 'Tagged']);
    expect(payload.alert._metadata.context_documents_applied).toBe(2);
    expect(payload.workflows.map(({ name }) => name)).toEqual(['Block address']);
  });
});
