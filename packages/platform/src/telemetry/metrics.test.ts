import { describe, expect, test } from '@jest/globals';
import { createMetrics, OPEN } from './metrics.js';

const linesOf = async (metrics: ReturnType<typeof createMetrics>, name: string) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));

describe('counter', () => {
  test('begins every combination of known labels at 0', async () => {
    const metrics = createMetrics();
    metrics.counter('tests_total', 'Tests.', { suite: ['a', 'b'], outcome: ['passed', 'failed'] });
    expect(await linesOf(metrics, 'tests_total')).toEqual([
      'tests_total{suite="a",outcome="passed"} 0',
      'tests_total{suite="a",outcome="failed"} 0',
      'tests_total{suite="b",outcome="passed"} 0',
      'tests_total{suite="b",outcome="failed"} 0',
    ]);
  });

  test('begins no series of an open label before its first event', async () => {
    const metrics = createMetrics();
    const tests = metrics.counter('tests_total', 'Tests.', { name: OPEN, outcome: ['passed'] });
    expect(await linesOf(metrics, 'tests_total')).toEqual([]);
    tests.inc({ name: 'x', outcome: 'passed' });
    expect(await linesOf(metrics, 'tests_total')).toHaveLength(1);
  });

  test('declared again, is the same with more series', async () => {
    const metrics = createMetrics();
    metrics.counter('tests_total', 'Tests.', { suite: ['a'] }).inc({ suite: 'a' });
    metrics.counter('tests_total', 'Tests.', { suite: ['a', 'b'] }).inc({ suite: 'a' });
    expect(await linesOf(metrics, 'tests_total')).toEqual([
      'tests_total{suite="a"} 2',
      'tests_total{suite="b"} 0',
    ]);
  });
});

describe('histogram', () => {
  test('begins at 0 and keeps what it has when it is declared again', async () => {
    const metrics = createMetrics();
    const declare = () => metrics.histogram('took', 'Time.', { suite: ['a'] }, [1]);
    declare();
    expect(await linesOf(metrics, 'took_count')).toEqual(['took_count{suite="a"} 0']);
    declare().observe({ suite: 'a' }, 0.5);
    declare();
    expect(await linesOf(metrics, 'took_bucket')).toEqual([
      'took_bucket{le="1",suite="a"} 1',
      'took_bucket{le="+Inf",suite="a"} 1',
    ]);
  });
});

describe('the metrics of the process', () => {
  test('tell what it uses, and no sample of the event loop that is nothing but its own interval', async () => {
    const text = await createMetrics().registry.metrics();
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_active_seconds_total']) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    expect(text.match(/^nodejs_eventloop_lag\w+/gm)).toEqual(['nodejs_eventloop_lag_seconds']);
  });
});
