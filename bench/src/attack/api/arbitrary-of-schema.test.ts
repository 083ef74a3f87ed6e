import { readFileSync } from 'node:fs';
import {
  createAgentSchema,
  createContextDocumentSchema,
  createDetectionRuleSchema,
  createIndicatorMappingSchema,
} from '@calseta/common';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary-of-schema.js';
import { type JsonSchema } from './read-description.js';

const text = readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8');
const { schemas } = (JSON.parse(text) as { components: { schemas: Record<string, JsonSchema> } })
  .components;

describe('arbitraryOf', () => {
  test.each([
    ['CreateAgent', createAgentSchema],
    ['CreateContextDocument', createContextDocumentSchema],
    ['CreateIndicatorMapping', createIndicatorMappingSchema],
    ['CreateDetectionRule', createDetectionRuleSchema],
  ])('draws what %s accepts', (name, schema) => {
    const values = fc.sample(arbitraryOf({ $ref: `#/components/schemas/${name}` }, schemas), {
      seed: 1,
      numRuns: 200,
    });
    // JSON Schema cannot express all checks of a schema.
    const accepted = values.filter((value) => schema.safeParse(value).success);
    expect(accepted.length).toBeGreaterThan(5);
  });

  test('draws no URL that leads to another machine', () => {
    const urls = fc.sample(arbitraryOf({ type: 'string', format: 'uri' }, {}), { seed: 1 });
    expect(urls.every((url) => String(url).startsWith('http://127.0.0.1:'))).toBe(true);
  });
});
