import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SEVERITIES } from '@calseta/common';
import { partsOf } from './normalized.js';
import type { SourcePlugin } from '../src/sources/source-plugin.js';

/** What every source plugin has to keep, run over its own fixtures. */
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

    test.each([[null], [42], ['text'], [[]], [{}], [{ ['__proto__']: { title: 'x' } }]])(
      'does not read %j as an alert',
      (payload) => {
        for (const part of partsOf(plugin, payload))
          expect(plugin.normalize(part).kind).not.toBe('normalized');
      },
    );
  });
}

function resolvePointer(payload: unknown, pointer: string | undefined): unknown {
  let at = payload;
  for (const segment of (pointer ?? '').split('/').slice(1)) {
    at = (at as Record<string, unknown>)[segment.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}

/** The payload with its nth leaf or branch (counted in order, modulo) replaced. */
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
