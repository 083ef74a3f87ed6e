import { describe, expect, test } from '@jest/globals';
import { type AlertToEnrich, type IndicatorToEnrich } from '@calseta/database';
import { createMetrics } from '@calseta/platform';
import { indicatorPlaces, ROWS_SAVED } from './with-indicators.js';

const MAX_INDICATORS = 10;

const alertOf = (
  indicatorCount: number,
  severity: AlertToEnrich['severity'] = 'Low',
): AlertToEnrich => ({
  id: `${severity}-${indicatorCount}`,
  stage: 'extracted',
  stageChangedAt: new Date(0),
  revision: 1,
  severity,
  indicatorCount,
});

function aPlace() {
  const metrics = createMetrics();
  const batches: string[][] = [];
  const withIndicators = indicatorPlaces({
    store: {
      loadIndicatorsOf: async (ids) => {
        batches.push([...ids]);
        return await Promise.resolve(ids.map((): IndicatorToEnrich[] => []));
      },
    },
    metrics,
    maxIndicators: MAX_INDICATORS,
  });
  /** Starts to work on an alert; the work goes on until it is let go. */
  const start = (alert: AlertToEnrich) => {
    let isStarted = false;
    let letGo: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    const done = withIndicators(alert, async () => {
      isStarted = true;
      await released;
    });
    return { isStarted: () => isStarted, letGo, done };
  };
  const held = async () =>
    await metrics.registry.getSingleMetricAsString('calseta_enrichments_held_total');
  return { start, held, batches };
}

/** Longer than a batch waits for more. */
const settled = async () => await new Promise((resolve) => setTimeout(resolve, 30));

describe('indicatorPlaces', () => {
  test('holds as many indicators as there are places, and lets the next alert wait, which it counts', async () => {
    const { start, held } = aPlace();
    const [first, second, third] = [start(alertOf(4)), start(alertOf(6)), start(alertOf(1))];
    await settled();
    expect([first, second, third].map((one) => one.isStarted())).toEqual([true, true, false]);
    expect(await held()).toMatch(/_total 1$/m);
    first.letGo();
    await settled();
    expect(third.isStarted()).toBe(true);
    [second, third].forEach((one) => one.letGo());
    await Promise.all([first.done, second.done, third.done]);
  });

  test('has places of its own for urgent alerts', async () => {
    const { start } = aPlace();
    const normal = start(alertOf(MAX_INDICATORS));
    const urgent = start(alertOf(MAX_INDICATORS, 'Critical'));
    await settled();
    expect(urgent.isStarted()).toBe(true);
    [normal, urgent].forEach((one) => one.letGo());
    await Promise.all([normal.done, urgent.done]);
  });

  test('lets an alert with more indicators than places go alone', async () => {
    const { start } = aPlace();
    const large = start(alertOf(MAX_INDICATORS + 1));
    const next = start(alertOf(1));
    await settled();
    expect([large, next].map((one) => one.isStarted())).toEqual([true, false]);
    large.letGo();
    await settled();
    expect(next.isStarted()).toBe(true);
    next.letGo();
    await Promise.all([large.done, next.done]);
  });

  test('loads alerts together', async () => {
    const { start, batches } = aPlace();
    const works = [start(alertOf(1)), start(alertOf(2)), start(alertOf(3))];
    await settled();
    expect(batches).toEqual([['Low-1', 'Low-2', 'Low-3']]);
    works.forEach((one) => one.letGo());
    await Promise.all(works.map(async ({ done }) => await done));
  });
});

test('an enrichment weighs as much as it writes rows', () => {
  const enrichment = {
    results: [{}, {}],
    verdicts: [{}],
    missing: [{}, {}, {}],
  } as unknown as Parameters<typeof ROWS_SAVED.of>[0];
  expect(ROWS_SAVED.of(enrichment)).toBe(7);
});
