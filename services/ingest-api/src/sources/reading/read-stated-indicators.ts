import { INDICATOR_TYPES, type IndicatorType, type StatedIndicator } from '@calseta/common';
import { childPointer } from '@calseta/indicators';
import { MAX_STATED_INDICATORS } from './field-rules.js';
import { ownKey, valueAt } from './keys.js';
import { elementsOf, isRecord, type Located } from './located.js';

/** Other common names of our types. */
const ALIASES: Record<string, IndicatorType> = {
  ipv4: 'ip',
  ipv6: 'ip',
  ip_address: 'ip',
  hostname: 'domain',
  fqdn: 'domain',
  md5: 'hash_md5',
  sha1: 'hash_sha1',
  sha256: 'hash_sha256',
  email_address: 'email',
  user: 'account',
  username: 'account',
};
const MAX_NOTES = 20;

/** Reads an explicit list of indicators; entries with an unknown type are reported, not refused. */
export function readStatedIndicators(entries: Located): {
  indicators: StatedIndicator[];
  notes: string[];
} {
  const indicators: StatedIndicator[] = [];
  const notes: string[] = [];
  if (entries.value === null || entries.value === undefined) return { indicators, notes };
  const count = Array.isArray(entries.value) ? entries.value.length : 1;
  let entriesRead = 0;
  for (const entry of elementsOf(entries)) {
    if (entriesRead === MAX_STATED_INDICATORS) break;
    entriesRead += 1;
    const read = readEntry(entry);
    if (typeof read !== 'string') indicators.push(read);
    else if (notes.length < MAX_NOTES) notes.push(read);
  }
  if (count > MAX_STATED_INDICATORS) {
    notes.push(`Only the first ${MAX_STATED_INDICATORS} of ${count} indicators were read.`);
  }
  return { indicators, notes };
}

function readEntry({ value: entry, pointer, isEmbedded }: Located): StatedIndicator | string {
  if (!isRecord(entry)) return `${pointer} is not an object and was left out.`;
  const type = typeOf(valueAt(entry, 'type'));
  if (!type) return `${pointer} has an unknown type and was left out.`;
  const key = ownKey(entry, 'value') ?? 'value';
  const stated = entry[key];
  const value = typeof stated === 'string' ? stated.trim() : '';
  if (value === '') return `${pointer} has no value and was left out.`;
  const stands = isEmbedded ? pointer : childPointer(pointer, key);
  return { type, value, pointer: stands, extractor: 'generic:indicators' };
}

function typeOf(stated: unknown): IndicatorType | undefined {
  if (typeof stated !== 'string') return undefined;
  const word = stated.trim().toLowerCase().replaceAll('-', '_');
  const exact = INDICATOR_TYPES.find((type) => type === word);
  return exact ?? (Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined);
}
