import { type IndicatorType } from './indicator-type.js';

/** The passes over a payload in the order in which they run. The first to find a value decides its position. */
export const PAYLOAD_PASSES = ['explicit', 'system', 'custom', 'field', 'text'] as const;
/** How an alert comes by an indicator. What people and agents added comes before what the payload has. */
export const PASSES = ['added', ...PAYLOAD_PASSES] as const;
export type Pass = (typeof PASSES)[number];

/** Pointer of an indicator that was added. */
export const ADDED_POINTER = '#/added';

/** Where a value was found, and by which rule. */
export type Provenance = {
  pass: Pass;
  /**
   * RFC 6901 JSON Pointer into the raw payload, `#/normalized/<field>` for a normalised field, `#/occurrences` for
   * a value from an update, or ADDED_POINTER. A pointer that would exceed 512 characters leads to a parent of the value
   * and ends in `/~…`.
   */
  pointer: string;
  /** Name of the rule: `key:src_ip`, `text:url`, `sentinel:entity-ip`. Only the last 128 characters of a key. */
  extractor?: string;
  mappingId?: string;
  /** The value as written, before refanging and canonicalisation; at most 512 characters. */
  statedAs?: string;
  /** Position of the value in the string that the pointer leads to: [start, end) in UTF-16 code units. */
  span?: readonly [start: number, end: number];
  /** Id of the API key that added the indicator, and the name of the agent that the key belongs to. */
  addedBy?: string;
  agentName?: string;
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
 * Kind of a value. Only `public` values are sent to providers. `constant` is a well-known value such as the
 * hash of the empty file.
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
  /** Canonical value. (type, value) identifies the indicator everywhere. */
  value: string;
  /** Readable form, if it differs from the canonical one. */
  displayValue?: string;
  classification: Classification;
  /** Whether the sender stated a value that is invalid for its type. It is kept as stated and never looked up. */
  isMalformed: boolean;
  role?: Role;
  provenance: Provenance[];
};

/** An indicator that a payload or a source plugin states. */
export type StatedIndicator = {
  type: IndicatorType;
  value: string;
  /** JSON Pointer into the raw payload, if known. */
  pointer?: string;
  extractor?: string;
  role?: Role;
};

/** An indicator that a person or an agent added to an alert. */
export type AddedIndicator = {
  type: IndicatorType;
  /** Canonical. */
  value: string;
  /** As it was written, where that differs. */
  statedAs?: string;
  role?: Role;
  /** Id of the API key. */
  addedBy: string;
  /** The agent that the key belongs to. */
  agentName?: string;
};

/** A rule that a field of the alert contains an indicator of a type. */
export type IndicatorMapping = {
  id: string;
  /** `system` reads the normalised fields, `custom` the raw payload. */
  pass: 'system' | 'custom';
  /** Path with dots, array indexes and `*`; keys can contain dots: `alert.hosts[*].ip`. */
  path: string;
  indicatorType: IndicatorType;
  role?: Role;
};
