import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { aContext, FIVE_ALERTS } from '../../test/contexts.js';
import { type AlertContext } from './alert-context.js';
import {
  DEFAULT_PAYLOAD,
  type PayloadSettings,
  PUSH_BYTES,
  PUSH_TOKENS,
} from './payload-settings.js';
import { type PushPayload, pushPayloadSchema } from './push-payload.js';
import { bodyFor, renderPush } from './render-payload.js';

const OPTIONS = {
  generatedAt: new Date('2026-03-01T22:14:40.250Z'),
  publicUrl: 'http://localhost:8000',
  agentName: 'Triage',
};
const countTokens = (text: string): number => o200k(text, { disallowedSpecial: new Set() });

const body = (context: AlertContext, settings: Partial<PayloadSettings> = {}): string =>
  bodyFor(
    renderPush(context, { ...OPTIONS, countTokens, settings: { ...DEFAULT_PAYLOAD, ...settings } }),
    OPTIONS.agentName,
  );
const read = (text: string): PushPayload => pushPayloadSchema.parse(JSON.parse(text));

const withRaw = (rawPayloadJson: string) => ({ ...aContext(), rawPayloadJson });

describe('a full push', () => {
  test('holds the raw payload with every digit, key and order, without the space between', () => {
    const raw = '{ "id": 123456789012345678901,\n "cost": "$& $1  $$", "e": 1.0, "e": [ ] }';
    expect(body(withRaw(raw))).toContain(
      '"raw_payload":{"id":123456789012345678901,"cost":"$& $1  $$","e":1.0,"e":[]}',
    );
  });

  test('is not misled by text that looks like a place of another part', () => {
    const title = '"\\u0000"';
    const context = aContext({ alert: { title, description: '\\u0000' }, raw: { test: true } });
    expect(read(body(context)).alert).toMatchObject({ title, raw_payload: { test: true } });
  });

  test('shows hidden characters wherever they stand, keys and the name of the agent included', () => {
    const hidden = 'a\u202eb';
    const context = {
      ...aContext({ alert: { title: hidden, tags: [hidden], sourceUrl: hidden } }),
      rawPayloadJson: `{"n": 1.0, "${hidden}": "a\\u202eb"}`,
    };
    const text = bodyFor(renderPush(context, { ...OPTIONS, settings: DEFAULT_PAYLOAD }), hidden);
    expect(text).not.toMatch(/\p{Cf}|\\u202e/u);
    expect(text).toContain(String.raw`"raw_payload":{"n":1.0,"a\\u{202e}b":"a\\u{202e}b"}`);
    const { _metadata: metadata } = read(text).alert;
    expect(metadata).toMatchObject({ made_visible_count: 5, agent: String.raw`a\u{202e}b` });
  });

  test('says nothing of hidden characters where there are none', () => {
    expect(read(body(aContext())).alert._metadata).not.toHaveProperty('made_visible_count');
  });

  test('that is larger than its bound loses the least valuable parts, and says so', () => {
    const big = {
      ...FIVE_ALERTS['elastic']!,
      rawPayloadJson: JSON.stringify({ a: 'x'.repeat(60_000) }),
    };
    const text = body(big, { maxBytes: 16_384 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16_384);
    const push = read(text);
    expect(push.alert.raw_payload).toBeNull();
    expect(push.alert._metadata.omitted).toEqual([
      {
        path: '/alert/raw_payload',
        reason: 'max_bytes',
        bytes: 60_008,
        url: new URL(push.alert.links.raw!, push.alert.links.self).href,
      },
    ]);
    expect(push.indicators).toHaveLength(5);
    expect(push.context_documents[0]!.content).toHaveLength(6_000);
  });
});

describe('a budgeted push', () => {
  test('fits its budget whatever the budget is, is the same each time, and tells what is missing', () => {
    const context = FIVE_ALERTS['elastic']!;
    fc.assert(
      fc.property(fc.integer({ min: PUSH_TOKENS.min, max: 4_000 }), (maxTokens) => {
        const text = body(context, { mode: 'budgeted', maxTokens });
        expect(countTokens(text)).toBeLessThanOrEqual(maxTokens);
        expect(body(context, { mode: 'budgeted', maxTokens })).toBe(text);
        const push = read(text);
        const isWhole = push.alert.raw_payload !== null;
        expect(push.alert._metadata.omitted !== undefined).toBe(!isWhole);
      }),
      { numRuns: 40 },
    );
  });

  test('fits its budget for texts of every kind', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.integer({ min: 1, max: 5_000 }).map((length) => 'ab'.repeat(length)),
      fc.constant('\u202e'.repeat(500)),
    );
    fc.assert(
      fc.property(text, text, text, (title, description, content) => {
        const context = aContext({
          alert: { title, description, tags: [title] },
          contextDocuments: [{ title, docType: 'sop', content }],
          raw: { content },
        });
        const limits = { maxTokens: 600, maxBytes: PUSH_BYTES.min };
        const written = body(context, { mode: 'budgeted', ...limits });
        expect(countTokens(written)).toBeLessThanOrEqual(600);
        expect(Buffer.byteLength(written)).toBeLessThanOrEqual(PUSH_BYTES.min);
        read(written);
      }),
      { numRuns: 40 },
    );
  });

  test('never names a place that is not in it', () => {
    for (const maxTokens of [400, 600, 1_000, 1_500, 2_500]) {
      const push = read(body(FIVE_ALERTS['sentinel']!, { mode: 'budgeted', maxTokens }));
      const { untrusted_paths: paths } = push.alert._metadata;
      for (const path of paths) {
        const value = path
          .split('/')
          .slice(1)
          .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], push);
        expect([maxTokens, path, value ?? 'missing']).not.toContain('missing');
      }
    }
  });
});

test('a thin push says what happened and where the rest is', () => {
  const push = read(body(FIVE_ALERTS['elastic']!, { mode: 'thin' }));
  expect(push).toMatchObject({
    alert: {
      title: 'PowerShell with an encoded command',
      severity: 'High',
      raw_payload: null,
      _metadata: {
        indicator_count: 5,
        omitted: [{ path: '', reason: 'thin', url: expect.stringMatching(/\/context$/) }],
        untrusted_paths: ['/alert/title'],
      },
    },
    indicators: [],
    detection_rule: null,
    context_documents: [],
    workflows: [],
    related_alerts: [],
  });
});

describe('the tokens of a push with five indicators, a runbook of 6,000 characters and three workflows', () => {
  /** Of the same alerts before facts were said once (at f6f9104), with the raw payload as it was indented. */
  const BEFORE = {
    elastic: 3_054,
    sentinel: 2_870,
    crowdstrike: 2_919,
    splunk: 2_700,
    proofpoint: 2_701,
  };
  const total = (settings: Partial<PayloadSettings>) =>
    Object.values(FIVE_ALERTS).map((context) => countTokens(body(context, settings)));
  const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);

  test('are at most 0.85 of what they were for each alert, and 0.8 for all', () => {
    const now = total({ mode: 'full' });
    const ratios = Object.values(BEFORE).map((before, index) => (now[index] ?? before) / before);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(0.85);
    expect(sum(now) / sum(Object.values(BEFORE))).toBeLessThanOrEqual(0.8);
  });

  test('are at most 350 of a thin push', () => {
    expect(Math.max(...total({ mode: 'thin' }))).toBeLessThanOrEqual(350);
  });

  test('are at most 2,000 of a push with that budget, which keeps what decides', () => {
    expect(Math.max(...total({ mode: 'budgeted', maxTokens: 2_000 }))).toBeLessThanOrEqual(2_000);
    for (const [name, context] of Object.entries(FIVE_ALERTS)) {
      const text = body(context, { mode: 'budgeted', maxTokens: 2_000 });
      const { alert, indicators, workflows, detectionRule } = context;
      const facts = [
        alert.uuid,
        alert.title,
        alert.description,
        alert.nativeAlertId,
        alert.sourceRuleId,
        ...alert.tags,
        ...alert.hosts,
        ...alert.users,
        ...alert.mitreTechniques,
        ...Object.values(alert.normalizedFields).flat(),
        ...indicators.flatMap(({ value, maliceReasons }) => [value, ...maliceReasons]),
        ...Object.values(indicators[0]!.enrichmentResults['threat_lists']?.extracted ?? {}).flat(),
        detectionRule?.documentation,
        ...workflows.flatMap((one) => [one.uuid, one.name, one.documentation, one.approvalMode]),
        'Endpoint IR Runbook',
        'Open the process tree in the console of the EDR',
      ].filter((fact) => fact !== undefined);
      const missing = facts.filter((fact) => !text.includes(JSON.stringify(fact).slice(1, -1)));
      expect([name, missing]).toEqual([name, []]);
    }
  });
});
