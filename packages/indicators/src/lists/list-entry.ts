import { INDICATOR_TYPES, type IndicatorType } from '@calseta/common';
import { parseNetwork } from './address-range.js';

export const MAX_LIST_LINE_CHARS = 4_096;
export const MAX_REASON_CHARS = 200;

/** What a list may hold: indicators, and vulnerabilities by their CVE number. */
export type ListEntryType = IndicatorType | 'cve';

/** One entry of a list; `ip` entries may be networks. */
export type ListEntry = { type: ListEntryType; value: string; reason?: string };

/** What cannot be read, and where: `line 3`, or a JSON Pointer into the list. */
export type ListProblem = { place: string; message: string };

/** A place in a list, with its entry or with what is wrong there. */
export type ListPlace = { place: string; entry: ListEntry | string };

/** An entry as a list states it, or what is wrong with it. */
export function toEntry({
  value: stated,
  type,
  reason,
}: {
  value: unknown;
  type?: unknown;
  reason?: unknown;
}): ListEntry | string {
  if (typeof stated !== 'string') return 'has no text as `value`';
  const value = stated.trim();
  if (value === '' || value.length > MAX_LIST_LINE_CHARS)
    return `has no value of 1 to ${MAX_LIST_LINE_CHARS} characters`;
  const named =
    typeof type === 'string' && type.trim() !== '' ? type.trim().toLowerCase() : undefined;
  const known =
    named === undefined
      ? guessType(value)
      : [...INDICATOR_TYPES, 'cve' as const].find((t) => t === named);
  if (!known)
    return named === undefined
      ? 'is of no type that can be told'
      : `has a type that is none of ${INDICATOR_TYPES.join(', ')}, cve`;
  if (known === 'ip' && !parseNetwork(value)) return 'is no address and no network';
  if (known === 'cve' && !CVE.test(value)) return 'is no CVE number';
  const why = typeof reason === 'string' ? reason.trim().slice(0, MAX_REASON_CHARS) : '';
  return { type: known, value, ...(why !== '' && { reason: why }) };
}

const CVE = /^CVE-\d{4}-\d{4,10}$/i;

/** Never an account: accounts can look like any text, so a list has to name their type. */
function guessType(value: string): ListEntryType | undefined {
  if (parseNetwork(value)) return 'ip';
  if (/^[0-9a-f]+$/i.test(value)) return HASH_BY_LENGTH[value.length];
  if (/\s/.test(value)) return undefined;
  if (CVE.test(value)) return 'cve';
  if (/^[a-z][a-z0-9+.-]*:\/\/./i.test(value)) return 'url';
  if (/^[^@]+@[^@]+$/.test(value)) return 'email';
  return /^(?:\*?\.)?[^/:]+\.[^/:.]{2,}\.?$/.test(value) ? 'domain' : undefined;
}

const HASH_BY_LENGTH: Record<number, IndicatorType> = {
  32: 'hash_md5',
  40: 'hash_sha1',
  64: 'hash_sha256',
};
