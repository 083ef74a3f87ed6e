import { find } from './find.js';
import { type Located } from './located.js';

const EARLIEST_YEAR = 2000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s*(am|pm))?`;
const ZONE = String.raw`(?:\s*(z|\(?utc\)?|gmt|[+-]\d{2}(?:[:.]?\d{2})?))?`;
const ISO = new RegExp(String.raw`^(\d{4})[-/](\d{2})[-/](\d{2})(?:[t\s]+${CLOCK}${ZONE})?$`, 'i');
const MONTH_FIRST = new RegExp(
  String.raw`^([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4}),?(?:\s+${CLOCK}${ZONE})?$`,
  'i',
);
const DAY_FIRST = new RegExp(
  String.raw`^(?:[a-z]{3},\s*)?(\d{1,2})[\s/-]([a-z]{3})[a-z]*[\s/-](\d{4})(?:[\s:]+${CLOCK}${ZONE})?$`,
  'i',
);
const US = new RegExp(String.raw`^(\d{1,2})/(\d{1,2})/(\d{4})(?:,?\s+${CLOCK}${ZONE})?$`, 'i');

/**
 * An instant in any of the forms that vendors write; undefined when it is none or lies before 2000 (zero
 * times of Go and Unix). Without a zone it is UTC. Bare numbers are epoch nanoseconds, microseconds,
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
  const iso = ISO.exec(text);
  if (iso) return ofParts(iso[1], iso[2], iso[3], iso.slice(4));
  const monthFirst = MONTH_FIRST.exec(text);
  if (monthFirst) {
    return ofParts(monthFirst[3], monthNumber(monthFirst[1]), monthFirst[2], monthFirst.slice(4));
  }
  const dayFirst = DAY_FIRST.exec(text);
  if (dayFirst) {
    return ofParts(dayFirst[3], monthNumber(dayFirst[2]), dayFirst[1], dayFirst.slice(4));
  }
  const us = US.exec(text);
  return us ? ofParts(us[3], us[1], us[2], us.slice(4)) : undefined;
}

const monthNumber = (name: string | undefined): string =>
  String(MONTHS.indexOf((name ?? '').toLowerCase()) + 1);

function ofParts(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  [hour, minute, second, fraction, half, zone]: (string | undefined)[],
): Date | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const hours = hourOfDay(Number(hour ?? 0), half);
  const [minutes, seconds] = [Number(minute ?? 0), Number(second ?? 0)];
  if (!isDay(y, m, d) || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const milliseconds = Math.floor(Number(`0.${fraction ?? 0}`) * 1000);
  const utc = Date.UTC(y, m - 1, d, hours, minutes, seconds, milliseconds);
  return plausible(utc - offsetMs(zone));
}

/** Whether the calendar has the day: Date.UTC makes the 1st of May of the 31st of April. */
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

function offsetMs(zone: string | undefined): number {
  const parts = /^([+-])(\d{2})[:.]?(\d{2})?$/.exec(zone ?? '');
  if (!parts) return 0;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? 0);
  return (parts[1] === '-' ? -1 : 1) * minutes * 60_000;
}

function plausible(epochMs: number): Date | undefined {
  const time = new Date(epochMs);
  const year = time.getUTCFullYear();
  return year >= EARLIEST_YEAR && year <= 9999 ? time : undefined;
}
