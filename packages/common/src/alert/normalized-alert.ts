import type { StatedIndicator } from './extracted-indicator.js';
import type { Severity } from './severity.js';

/**
 * Fields that source plugins fill and system mappings read. A value may be a list where the payload
 * has several.
 */
export const NORMALIZED_FIELDS = [
  'src_ip',
  'dst_ip',
  'src_hostname',
  'dst_hostname',
  'file_hash_md5',
  'file_hash_sha1',
  'file_hash_sha256',
  'actor_email',
  'actor_username',
  'dns_query',
  'http_url',
  'http_hostname',
  'email_from',
  'email_reply_to',
] as const;
export type NormalizedField = (typeof NORMALIZED_FIELDS)[number];

/** What a source plugin makes of one alert of its vendor. The raw payload is kept beside it, untouched. */
export type NormalizedAlert = {
  title: string;
  description?: string;
  severity: Severity;
  severityOriginal?: string;
  /** Undefined when missing or unreadable: the time of receipt is taken, with a note. */
  occurredAt?: Date;
  tags: string[];
  nativeAlertId?: string;
  sourceRuleId?: string;
  sourceRuleName?: string;
  /** Link back to the alert in its source. */
  sourceUrl?: string;
  mitreTactics: string[];
  mitreTechniques: string[];
  fields: Partial<Record<NormalizedField, string | string[]>>;
  hosts: string[];
  users: string[];
  statedIndicators: StatedIndicator[];
  /** How the source itself stands to the alert, in its own word: `resolved`, `Closed`, `archived`. */
  sourceStatus?: string;
  /** The message tells that the alert is over: it is noted on the alert it ends and opens none. */
  isEnd?: true;
  /** The payload states no title; an update does not take this one over. */
  isTitleAssumed?: true;
  /** What was assumed or repaired while reading. */
  notes: string[];
};
