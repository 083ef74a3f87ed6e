import type { IndicatorType } from './indicator-type.js';

/** The passes in the order in which they run; the first to find a value decides its position. */
export const PASSES = ['explicit', 'system', 'custom', 'field', 'text'] as const;
export type Pass = (typeof PASSES)[number];

/** Where a value was found, and by what. */
export type Provenance = {
  pass: Pass;
  /**
   * RFC 6901 JSON Pointer into the raw payload, `#/normalized/<field>` for a normalised field, or `#/occurrences` for
   * what an update brought. One that
   * would be longer than 512 characters leads to what holds the value, and ends in `/~…`.
   */
  pointer: string;
  /** Name of the rule that found it (`key:src_ip`, `text:url`, `sentinel:entity-ip`); of a key its last 128 characters. */
  extractor?: string;
  mappingId?: string;
  /** The value as written, before refanging and canonicalisation; at most 512 characters. */
  statedAs?: string;
  /** Where the value is written in the string that the pointer leads to: [start, end) in UTF-16 code units. */
  span?: readonly [start: number, end: number];
};

export const ROLES = [
  'source',
  'destination',
  'actor',
  'target',
  'host',
  'file',
  'sender',
  'recipient',
] as const;
export type Role = (typeof ROLES)[number];

/**
 * What kind of thing a value is, which decides whether it may be sent to a provider: only `public`
 * leaves the house. `constant` is a well-known value such as the hash of the empty file.
 */
export const CLASSIFICATIONS = [
  'public',
  'private',
  'loopback',
  'link_local',
  'carrier_grade_nat',
  'multicast',
  'documentation',
  'reserved',
  'internal',
  'constant',
  'builtin',
] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

export type ExtractedIndicator = {
  type: IndicatorType;
  /** Canonical value: (type, value) is the identity of the indicator everywhere. */
  value: string;
  /** Readable form, when it differs from the canonical one. */
  displayValue?: string;
  classification: Classification;
  /** Stated by the sender but not valid for its type; kept as stated, never looked up. */
  isMalformed: boolean;
  role?: Role;
  provenance: Provenance[];
};

/** An indicator as a payload or a source plugin states it. */
export type StatedIndicator = {
  type: IndicatorType;
  value: string;
  /** JSON Pointer into the raw payload, when known. */
  pointer?: string;
  extractor?: string;
  role?: Role;
};

/** Which field of the alert holds an indicator of which type. */
export type IndicatorMapping = {
  id: string;
  /** `system` reads the normalised fields, `custom` the raw payload. */
  pass: 'system' | 'custom';
  /** Dots, flat dotted keys, array indexes and `*`: `alert.hosts[*].ip`. */
  path: string;
  indicatorType: IndicatorType;
  role?: Role;
};
