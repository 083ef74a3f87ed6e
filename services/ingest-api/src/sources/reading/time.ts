import { find } from './find.js';
import { type Located } from './located.js';

const EARLIEST_YEAR = 2000;
const MINUTE_MS = 60_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Hours east of UTC by time zone: the names of RFC 5322, European names, and names with one meaning. Ambiguous
 * names (`IST`) are unknown.
 */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  z: 0, utc: 0, gmt: 0, wet: 0, west: 1, bst: 1, cet: 1, cest: 2, eet: 2, eest: 3, msk: 3, jst: 9, aest: 10, aedt: 11,
  est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7,
}; // prettier-ignore

const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?(?:\s*(?<half>am|pm))?`;
/** The name of a zone after its offset, and Go's monotonic clock after that. */
const AFTER_OFFSET = String.raw`(?:\s(?:[a-z]{1,5}|\([a-z ]{1,40}\)))?(?:\sm=[+-][\d.]+)?`;
const ZONE = String.raw`(?:\s*(?:(?:gmt|utc)?(?<sign>[+-])(?<offsetHours>\d{2})(?:[:.]?(?<offsetMinutes>\d{2}))?${AFTER_OFFSET}|\(?(?<zone>[a-z]{1,4})\)?))?`;
const WEEKDAY = String.raw`(?:[a-z]{3,9},?\s+)?`;
const MONTH = '(?<month>[a-z]{3})[a-z]*';
const DAY = String.raw`(?<day>\d{1,2})`;
const YEAR = String.raw`(?<year>\d{4})`;

/** `2024-01-15T10:30:45.123+01:00`, `2025-03-12 10:11:12 +0000 UTC`. */
const ISO = new RegExp(
  String.raw`^${YEAR}[-/](?<month>\d{2})[-/](?<day>\d{2})(?:[t\s]+${CLOCK}${ZONE})?$`,
  'i',
);
/** `20250312T101112Z`. */
const ISO_BASIC = new RegExp(
  String.raw`^${YEAR}(?<month>\d{2})(?<day>\d{2})t(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?${ZONE}$`,
  'i',
);
/** `Jan 04, 2016 09:50:39`, `Mar 12, 2025 @ 10:11:12.123`. */
const MONTH_FIRST = new RegExp(
  String.raw`^${WEEKDAY}${MONTH}\.?\s+${DAY},?\s+${YEAR},?(?:\s+(?:@\s+)?${CLOCK}${ZONE})?$`,
  'i',
);
/** `Wed Mar 12 10:11:12 CET 2025`. */
const YEAR_LAST = new RegExp(
  String.raw`^${WEEKDAY}${MONTH}\s+${DAY}\s+${CLOCK}${ZONE}\s+${YEAR}$`,
  'i',
);
/** `Mon, 15 Jan 2024 10:30:00 +0000`, `15/Jan/2024:10:30:00 +0200`. */
const DAY_FIRST = new RegExp(
  String.raw`^${WEEKDAY}${DAY}[\s/-]${MONTH}[\s/-]${YEAR}(?:[\s:]+${CLOCK}${ZONE})?$`,
  'i',
);
/** `15.01.2024 10:30:00`: with points the day comes first. */
const EUROPEAN = new RegExp(
  String.raw`^${DAY}\.(?<month>\d{1,2})\.${YEAR}(?:,?\s+${CLOCK}${ZONE})?$`,
  'i',
);
/** `1/15/2024 10:30:00 PM`: with slashes the month comes first. */
const US = new RegExp(String.raw`^(?<month>\d{1,2})/${DAY}/${YEAR}(?:,?\s+${CLOCK}${ZONE})?$`, 'i');
const FORMS = [ISO, ISO_BASIC, MONTH_FIRST, YEAR_LAST, DAY_FIRST, EUROPEAN, US];

type Parts = Readonly<Record<string, string | undefined>>;

/**
 * Reads an instant in any form that vendors write. Undefined when it is none, its zone is unknown, or it is before
 * 2000 (zero times of Go and Unix). Without a zone it is UTC. Bare numbers are epoch nanoseconds, microseconds,
 * milliseconds or seconds by magnitude.
 */
export function readTime(value: unknown): Date | undefined {
  if (typeof value === 'number') return ofEpoch(value);
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const text = value.trim();
  if (/^\d{9,20}(?:\.\d+)?$/.test(text)) return ofEpoch(Number(text));
  return ofText(text);
}

/** The first readable time at the first path that has one. */
export function pickTime(from: Located, ...paths: string[]): Date | undefined {
  for (const path of paths) {
    for (const found of find(from, path)) {
      const time = readTime(found.value);
      if (time) return time;
    }
  }
  return undefined;
}

function ofEpoch(number: number): Date | undefined {
  if (number >= 1e17) return plausible(number / 1e6);
  if (number >= 1e14) return plausible(number / 1e3);
  return plausible(number >= 1e11 ? number : number * 1e3);
}

function ofText(text: string): Date | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts) return ofParts(parts);
  }
  return undefined;
}

function ofParts(parts: Parts): Date | undefined {
  const number = (name: string): number => Number(parts[name] ?? 0);
  const [year, month, day] = [number('year'), monthNumber(parts['month']), number('day')];
  const hour = hourOfDay(number('hour'), parts['half']);
  const [minute, second] = [number('minute'), number('second')];
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 60) return undefined;
  const milliseconds = Math.floor(Number(`0.${parts['fraction'] ?? 0}`) * 1000);
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  return plausible(utc - minutesEast(parts) * MINUTE_MS);
}

/** 1 to 12 from a number or the first letters of a name; 0 for other words. */
function monthNumber(month = ''): number {
  return /^\d/.test(month) ? Number(month) : MONTHS.indexOf(month.toLowerCase()) + 1;
}

/** Whether the day exists: Date.UTC turns the 31st of April into the 1st of May. */
const isDay = (year: number, month: number, day: number): boolean =>
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  day <= 31 &&
  new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;

function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

/** Minutes that the zone is east of UTC; NaN when its name is unknown. */
function minutesEast({ sign, offsetHours, offsetMinutes, zone = 'utc' }: Parts): number {
  if (sign === undefined) return (ZONE_HOURS[zone.toLowerCase()] ?? Number.NaN) * 60;
  const minutes = Number(offsetHours) * 60 + Number(offsetMinutes ?? 0);
  return sign === '-' ? -minutes : minutes;
}

function plausible(epochMs: number): Date | undefined {
  const time = new Date(epochMs);
  const year = time.getUTCFullYear();
  return year >= EARLIEST_YEAR && year <= 9999 ? time : undefined;
}
