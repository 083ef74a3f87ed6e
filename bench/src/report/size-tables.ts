import { type Costs, serviceOf } from '../system/meter.js';
import { type StoredBytes } from '../system/stored-bytes.js';
import { type Table } from './section.js';

const PER_ALERTS = 100_000;
const A_SECOND = 1_000;
const SECONDS_A_DAY = 86_400;
const MEGABYTE = 1e6;
const GIGABYTE = 1e9;
/** Of the alerts a second that the last table is of. */
const RATES = [1, 10, 100, 1_000];
/** Tables with less are added up. */
const MIN_SHARE = 0.01;

/** Cores that each process needs for a thousand alerts a second; replicas of a service are added up. */
export function coresTable({ spent }: Costs, alerts: number): Table {
  const cores = new Map<string, number>();
  for (const one of spent) {
    const name = serviceOf(one);
    cores.set(name, (cores.get(name) ?? 0) + (one.cpuSeconds / alerts) * A_SECOND);
  }
  const rows = [...cores].toSorted(([, one], [, other]) => other - one);
  const all = rows.reduce((sum, [, count]) => sum + count, 0);
  return { head: ['process', 'cores for 1,000 alerts/s'], rows: [...rows, ['together', all]] };
}

/** What each table grew by. */
export function tablesTable(before: StoredBytes, after: StoredBytes, alerts: number): Table {
  const grown = growth(before, after);
  const all = sumOf(grown);
  const large = grown.filter(({ bytes }) => bytes >= MIN_SHARE * all);
  const perAlerts = (bytes: number) => (bytes / alerts) * (PER_ALERTS / MEGABYTE);
  return {
    head: ['table, with its indexes', `MB for ${PER_ALERTS.toLocaleString('en-US')} alerts`],
    rows: [
      ...large.map(({ name, bytes }): [string, number] => [name, perAlerts(bytes)]),
      ['all others', perAlerts(all - sumOf(large))],
      ['together', perAlerts(all)],
      ['write-ahead log', perAlerts(after.wal - before.wal)],
    ],
  };
}

/** What a day costs at some rates. */
export function daysTable(before: StoredBytes, after: StoredBytes, alerts: number): Table {
  const aDay = (bytes: number, rate: number) =>
    (bytes / alerts) * rate * (SECONDS_A_DAY / GIGABYTE);
  const stored = sumOf(growth(before, after));
  return {
    head: [
      'alerts/s, all day',
      'alerts a day',
      'GB a day in Postgres',
      'GB a day of write-ahead log',
    ],
    rows: RATES.map((rate) => [
      rate,
      rate * SECONDS_A_DAY,
      aDay(stored, rate),
      aDay(after.wal - before.wal, rate),
    ]),
  };
}

function growth(before: StoredBytes, after: StoredBytes): StoredBytes['tables'] {
  const sizes = new Map(before.tables.map(({ name, bytes }) => [name, bytes]));
  return after.tables
    .map(({ name, bytes }) => ({ name, bytes: bytes - (sizes.get(name) ?? 0) }))
    .toSorted((one, other) => other.bytes - one.bytes);
}

const sumOf = (tables: StoredBytes['tables']): number =>
  tables.reduce((sum, { bytes }) => sum + bytes, 0);
