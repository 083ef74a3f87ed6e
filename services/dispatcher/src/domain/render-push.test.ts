import { compileAlertRule } from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import { pushPayloadSchema, sampleEnrichment } from '@calseta/common';
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

  test('shows hidden characters wherever they stand, keys included, and counts them', () => {
    const hidden = 'a\u202eb';
    const shown = 'a\\u{202e}b';
    const base = sample();
    const body = renderPush(
      {
        ...base,
        alert: {
          ...base.alert,
          title: hidden,
          description: hidden,
          tags: [hidden],
          sourceUrl: hidden,
        },
        rawPayloadJson: `{"n": 1.0, "${hidden}": "a\\u202eb"}`,
        indicators: [
          {
            ...base.indicators[0]!,
            value: hidden,
            maliceReasons: [hidden],
            enrichmentResults: { p: { extracted: { [hidden]: hidden } } },
          },
        ],
        detectionRule: {
          name: hidden,
          mitreTactics: [],
          mitreTechniques: [],
          documentation: hidden,
        },
        relatedAlerts: [
          {
            uuid: 'r',
            title: hidden,
            severity: 'High',
            status: 'Open',
            malice: 'Pending',
            occurredAt: NOW,
            closeClassification: hidden,
            relation: 'shared_indicator',
          },
        ],
      },
      {
        documents: [{ title: hidden, docType: 'runbook', content: hidden, isGlobal: true }],
        workflows: [
          {
            uuid: 'w',
            name: hidden,
            documentation: hidden,
            approvalMode: 'always',
            riskLevel: 'high',
            indicatorTypes: [],
          },
        ],
      },
      OPTIONS,
    );
    expect(body).not.toMatch(/\p{Cf}|\\u202e/u);
    expect(body).toContain(String.raw`"raw_payload":{"n": 1.0, "a\\u{202e}b": "a\\u{202e}b"}`);
    const push = pushPayloadSchema.parse(JSON.parse(body));
    const places = body.split(JSON.stringify(shown).slice(1, -1)).length - 1;
    expect(places).toBe(18);
    expect(push.alert._metadata.made_visible_count).toBe(places);
  });

  test('links to what came, and counts nothing where nothing is hidden', () => {
    const { alert } = render();
    expect(alert.links.raw).toBe(`https://calseta.example.com/v1/alerts/${alert.uuid}/raw`);
    expect(alert._metadata.made_visible_count).toBe(0);
  });

  test('shows in a sample the enrichment that the built-in providers send', () => {
    const { malice, maliceReasons, results } = sampleEnrichment(NOW);
    expect(render().indicators).toEqual([
      {
        type: 'ip',
        value: '203.0.113.7',
        malice,
        malice_reasons: maliceReasons,
        classification: 'documentation',
        role: 'source',
        enrichment_results: results,
      },
    ]);
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
          targetingRules: compileAlertRule({
            any: [{ field: 'tags', op: 'contains', value: 'test' }],
          }),
        },
        {
          ...document,
          title: 'Critical',
          isGlobal: false,
          targetingRules: compileAlertRule({
            all: [{ field: 'severity', op: 'eq', value: 'Critical' }],
          }),
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
