import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { createTelemetry } from '@calseta/platform';

describe('docs/runbook.md', () => {
  test('names metrics that there are', async () => {
    const text = await readFile(new URL('../../../docs/runbook.md', import.meta.url), 'utf8');
    const named = text.match(/\bcalseta_[a-z_]+/g) ?? [];
    const { registry } = createTelemetry({ service: 'runbook', logLevel: 'error' }).metrics;
    const there = registry.getMetricsAsArray().map(({ name }) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !there.includes(name))).toEqual([]);
  });
});
