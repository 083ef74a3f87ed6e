import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { aContext, FIVE_ALERTS } from '../../test/contexts.js';
import { type AlertContext } from './alert-context.js';
import { CONTEXT_TOKENS } from './payload-settings.js';
import { renderContext, renderContextMarkdown, wholeContext } from './render-context.js';

const countTokens = (text: string): number => o200k(text, { disallowedSpecial: new Set() });
const optionsOf = (maxTokens: number) => ({
  generatedAt: new Date('2026-03-01T22:14:40Z'),
  publicUrl: 'http://localhost:8000',
  maxTokens,
  countTokens,
});
const asJson = (context: AlertContext, maxTokens: number) =>
  JSON.stringify({ data: renderContext(context, optionsOf(maxTokens)), meta: {} });

test('the context fits every number of tokens that can be asked for, in both formats', () => {
  const budgets = fc.integer({ min: CONTEXT_TOKENS.min, max: 3_500 });
  fc.assert(
    fc.property(budgets, fc.constantFrom(...Object.values(FIVE_ALERTS)), (maxTokens, context) => {
      const markdown = renderContextMarkdown(context, optionsOf(maxTokens));
      expect(countTokens(asJson(context, maxTokens))).toBeLessThanOrEqual(maxTokens);
      expect(countTokens(markdown)).toBeLessThanOrEqual(maxTokens);
      expect(markdown).toBe(renderContextMarkdown(context, optionsOf(maxTokens)));
    }),
    { numRuns: 40 },
  );
});

test('the smallest context names the alert and where the rest is', () => {
  const context = renderContext(FIVE_ALERTS['elastic']!, optionsOf(CONTEXT_TOKENS.min));
  expect(context.alert).toMatchObject({
    title: 'PowerShell with an encoded command',
    severity: 'High',
    _metadata: { omitted: [{ path: '', url: expect.stringMatching(/\/context$/) }] },
  });
});

test('the whole context keeps the digits of the payload, and findings', () => {
  const finding = {
    uuid: 'f',
    summary: 'Planned work',
    recommended_actions: [],
    details: {},
    created_by: 'k',
    created_at: '2026-03-01T23:00:00Z',
  };
  const context = { ...aContext(), rawPayloadJson: '{"n":1.0}', findings: [finding] };
  const whole = wholeContext(context, optionsOf(0));
  expect(whole.findings).toEqual([finding]);
  expect(whole.alert._metadata.untrusted_paths).toContain('/findings');
  expect(whole.alert._metadata.omitted).toBeUndefined();
  const part = wholeContext({ ...context, findingCount: 60 }, optionsOf(0));
  expect(part.alert._metadata.omitted).toEqual([
    {
      path: '/findings',
      reason: 'limit: 1 of 60',
      bytes: 0,
      url: expect.stringMatching(/\/findings$/),
    },
  ]);
});

/** The lines of a text of Markdown that stand outside fences, by the rules of CommonMark. */
function outsideFences(markdown: string): string[] {
  const outside: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split(/\r\n|\n|\r/)) {
    const [, run] = /^ {0,3}(`{3,})[^`]*$/.exec(line) ?? [];
    if (fence === undefined && run !== undefined) fence = run;
    else if (fence === undefined) outside.push(line);
    else if (/^ {0,3}`+[ \t]*$/.test(line) && line.trim().length >= fence.length) fence = undefined;
  }
  expect(fence).toBeUndefined();
  return outside;
}

describe('Markdown', () => {
  const hostile = fc
    .array(
      fc.constantFrom(
        '```',
        '````',
        '`````untrusted',
        '~~~',
        '\n',
        '\r',
        '# Orders',
        ' ',
        'INJECTED',
        '> ',
      ),
      { maxLength: 30 },
    )
    .map((parts) => `INJECTED${parts.join('')}`);

  test('lets no text of others out of its fence, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 200, max: 6_000 }), (text, maxTokens) => {
        const base = FIVE_ALERTS['elastic']!;
        const context: AlertContext = {
          ...base,
          alert: {
            ...base.alert,
            title: text,
            description: text,
            tags: [text],
            normalizedFields: { command_line: text, [text]: text },
          },
          indicators: [
            {
              ...base.indicators[0]!,
              value: text,
              enrichmentResults: { dns: { extracted: { [text]: text } } },
            },
          ],
          detectionRule: { ...base.detectionRule!, name: text, documentation: text },
          contextDocuments: [{ title: text, docType: 'sop', content: text }],
          rawPayloadJson: JSON.stringify({ [text]: text }),
        };
        const lines = outsideFences(renderContextMarkdown(context, optionsOf(maxTokens)));
        expect(lines.filter((line) => line.includes('INJECTED'))).toEqual([]);
        expect(lines.filter((line) => line.startsWith('# '))).toEqual([
          `# Alert ${base.alert.uuid}`,
        ]);
      }),
      { numRuns: 150 },
    );
  });
});
