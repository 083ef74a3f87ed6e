import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_VISITS_PER_ALERT, SEVERITIES } from '@calseta/common';
import { partsOf } from './normalized.js';
import { type SourcePlugin } from '../src/sources/plugin/source-plugin.js';

/** Invariants of every source plugin, checked on its own fixtures. */
export function describeSourceContract(
  plugin: SourcePlugin,
  fixtures: Record<string, unknown>,
): void {
  describe(`source ${plugin.name}`, () => {
    test.each(Object.entries(fixtures))('reads %s', (_, payload) => {
      const parts = partsOf(plugin, payload);
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) {
        const outcome = plugin.normalize(part);
        expect(outcome.kind).toBe('normalized');
        if (outcome.kind !== 'normalized') continue;
        expect(outcome.alert.title.trim()).not.toBe('');
        expect(SEVERITIES).toContain(outcome.alert.severity);
        for (const stated of outcome.alert.statedIndicators) {
          expect(resolvePointer(part, stated.pointer)).toBeDefined();
        }
      }
    });

    test.each(Object.entries(fixtures))(
      'leaves %s untouched and reads it the same twice',
      (_, p) => {
        const before = structuredClone(p);
        const first = partsOf(plugin, p).map((part) => plugin.normalize(part));
        expect(p).toEqual(before);
        expect(partsOf(plugin, p).map((part) => plugin.normalize(part))).toEqual(first);
      },
    );

    test('never throws, whatever the JSON', () => {
      fc.assert(
        fc.property(fc.jsonValue(), (payload) => {
          for (const part of partsOf(plugin, payload)) plugin.normalize(part);
        }),
        { numRuns: 150 },
      );
    });

    test('never throws on its own fixtures with values swapped', () => {
      const payloads = Object.values(fixtures);
      fc.assert(
        fc.property(
          fc.constantFrom(...payloads),
          fc.nat(),
          fc.jsonValue(),
          (payload, at, value) => {
            for (const part of partsOf(plugin, withLeafReplaced(payload, at, value)))
              plugin.normalize(part);
          },
        ),
        { numRuns: 150 },
      );
    });

    test('looks at endless lists no longer than its budget lasts', () => {
      const [part] = Object.values(fixtures).flatMap((payload) => partsOf(plugin, payload));
      const keys = [...Object.keys(part as object), 'indicators', 'src_ip', 'Entities'];
      for (const [key, shape] of keys.flatMap((one) =>
        ENDLESS.map((each) => [one, each] as const),
      )) {
        const endless = endlessList(shape);
        plugin.normalize({ ...(part as object), [key]: endless.list });
        // An entry is read before its cost is counted, so slightly more are read than the budget allows.
        expect(endless.reads()).toBeLessThanOrEqual(1.01 * MAX_VISITS_PER_ALERT);
      }
    });

    test.each([[null], [42], ['text'], [[]], [{}], [{ ['__proto__']: { title: 'x' } }]])(
      'does not read %j as an alert',
      (payload) => {
        for (const part of partsOf(plugin, payload))
          expect(plugin.normalize(part).kind).not.toBe('normalized');
      },
    );
  });
}

/** Half a million numbers in one list or in nested lists: the length of each level, innermost first. */
const ENDLESS = [[500_000], [100, 100, 50]];

/** Counts each entry that is read. */
function endlessList(shape: readonly number[]): { list: unknown; reads: () => number } {
  let reads = 0;
  const counted = (entry: unknown, length: number): unknown =>
    new Proxy(
      Array.from({ length }, () => entry),
      {
        get(list, name, receiver) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads += 1;
          return Reflect.get(list, name, receiver) as unknown;
        },
      },
    );
  return { list: shape.reduce<unknown>(counted, 1), reads: () => reads };
}

function resolvePointer(payload: unknown, pointer: string | undefined): unknown {
  let at = payload;
  for (const segment of (pointer ?? '').split('/').slice(1)) {
    at = (at as Record<string, unknown>)[segment.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}

/** Replaces the nth leaf or branch of the payload, counted in order, modulo their number. */
function withLeafReplaced(payload: unknown, index: number, replacement: unknown): unknown {
  const copy = structuredClone(payload);
  const places: [Record<string, unknown>, string][] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      collect((value as Record<string, unknown>)[key]);
    }
  };
  collect(copy);
  const place = places[index % Math.max(places.length, 1)];
  if (place) place[0][place[1]] = replacement;
  return copy;
}
