import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { anArrival } from '../test/an-arrival.js';
import { partsOf } from '../test/normalized.js';
import { readFixtures } from '../test/read-fixtures.js';
import { readAlerts } from './read/read-alerts.js';
import { SOURCE_PLUGINS } from './sources/registry.js';
import { type SourcePlugin } from './sources/plugin/source-plugin.js';

/** Parts of words, addresses, times and lists. */
const UNITS = [
  ' ', '\t', '\n', '-', '_', '.', ',', ';', ':', '/', '\\', '@', '%', '=', '"', "'", '`', '<', '>', '(', '[', ']', '{',
  'a', 'A', '0', 'é', 'a.', 'a@', '<@', '1.', '1:', 'aA', 'severity', 'e_', 'SHA1=', 'S-1-', 'T1', 'am ', 'a b ',
]; // prettier-ignore
/** Characters of each run: a pattern with quadratic time takes half a second for one. */
const RUN_CHARACTERS = 24_576;
/** Forty times the time that all runs together take. */
const GENEROUS_MS = 250;
const TRIES = 3;

/** Long runs of each unit, each ended by a character that continues none of them. */
const RUNS = UNITS.map((unit) => `${unit.repeat(RUN_CHARACTERS / unit.length)}\u0001`).join('');

type Place = { holder: Record<string, unknown>; key: string; path: string };

/** Places of the values in a payload that are no objects or lists; of a list, only the first entry counts. */
function leavesOf(payload: unknown, path = ''): Place[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const holder = payload as Record<string, unknown>;
  const keys = Array.isArray(payload) ? Object.keys(holder).slice(0, 1) : Object.keys(holder);
  return keys.flatMap((key) =>
    typeof holder[key] === 'object'
      ? leavesOf(holder[key], `${path}/${key}`)
      : [{ holder, key, path: `${path}/${key}` }],
  );
}

/** Processor time, as the minimum of a few tries, so that other load does not count. */
function timeToRead(plugin: SourcePlugin, payload: unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least > GENEROUS_MS; tries += 1) {
    const started = process.cpuUsage();
    readAlerts(
      partsOf(plugin, payload).map((part) => ({
        kind: 'parsed',
        payload: part,
        text: '{}',
        notes: [],
      })),
      anArrival(plugin),
    );
    const { user, system } = process.cpuUsage(started);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

describe.each(SOURCE_PLUGINS.map(({ name }, index) => [name, SOURCE_PLUGINS[index]!] as const))(
  '%s',
  (name, plugin) => {
    test('reads long runs of anything, in any field, in time that grows with their length', () => {
      const tried = new Set<string>();
      const fixtures = Object.values(readFixtures(join(import.meta.dirname, 'sources', name)));
      for (const { payload, place } of fixtures.flatMap((payload) =>
        leavesOf(payload).map((place) => ({ payload, place })),
      )) {
        const { holder, key, path } = place;
        if (tried.has(path)) continue;
        tried.add(path);
        const original = holder[key];
        holder[key] = `${String(original)}${RUNS}`;
        const tookMs = timeToRead(plugin, payload);
        holder[key] = original;
        expect({ path, isSlow: tookMs > GENEROUS_MS }).toEqual({ path, isSlow: false });
      }
      expect(tried.size).toBeGreaterThan(0);
    });
  },
);
