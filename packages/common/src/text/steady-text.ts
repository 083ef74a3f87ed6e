const MONTHS = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}';
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?:\s?[ap]m\b)?`;
const ZONE = String.raw`(?:\s?(?:z\b|utc\b|gmt\b|[+-]\d{2}:?\d{2}\b))?`;
const UNITS =
  '(?:x|times?|events?|hits?|occurrences?|attempts?|alerts?|failures?|failed|log-?ins?|log-?ons?|requests?|results?|matches|records?|rows?|entries|messages?|detections?|milliseconds?|seconds?|minutes?|hours?|days?|secs?|mins?|hrs?|ms|s)';

/** Parts that differ between messages about the same alert, in the order in which they are removed. */
const VOLATILE: readonly RegExp[] = [
  // Links
  /\bhttps?:\/\/\S+/gi,
  // Ids
  /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi,
  /\b(?:alert|incident|case|ticket|search|job|request|correlation|trace)[ _-]?id\s{0,2}[:=]?\s{0,2}[\w.-]{1,64}/gi,
  // Times
  new RegExp(String.raw`\b\d{4}[-/]\d{2}[-/]\d{2}(?:[t ]\s?${CLOCK}${ZONE})?`, 'gi'),
  new RegExp(String.raw`\b${MONTHS}\.?\s{1,2}\d{1,2}(?:,?\s\d{4})?(?:,?\s(?:@\s)?${CLOCK}${ZONE})?\b`, 'gi'),
  new RegExp(String.raw`\b\d{1,2}[ /.-](?:${MONTHS}|\d{1,2})[ /.-]\d{4}(?:[ :]${CLOCK}${ZONE})?\b`, 'gi'),
  new RegExp(String.raw`\b${CLOCK}${ZONE}`, 'gi'),
  // Epochs and long numbers of records
  /\b\d{9,20}(?:\.\d{1,9})?\b/g,
  /#\d{1,20}\b/g,
  // Counters
  new RegExp(String.raw`\b\d[\d,.]{0,15}\s{0,2}(?:[a-z]{1,20}\s)?${UNITS}\b`, 'gi'),
  /\b(?:count|total|hits|occurrences|times|attempts)\s{0,2}[:=]\s{0,2}\d{1,20}\b/gi,
  /\(\d{1,9}\)/g,
]; // prettier-ignore

/** What every volatile part contains; most texts have none of it. */
const MAY_BE_VOLATILE = /\d|https?:|id|[a-f]{8}-/i;

/** A title or description without times, counters, message ids and links, in lower case and with single spaces. */
export function steadyText(text: string): string {
  const steady = MAY_BE_VOLATILE.test(text) ? withoutVolatile(text) : text;
  return steady.replace(/\s+/g, ' ').trim().toLowerCase();
}

const withoutVolatile = (text: string): string =>
  VOLATILE.reduce((rest, pattern) => rest.replace(pattern, '~'), text);
