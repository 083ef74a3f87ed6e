import { type StatedIndicator } from './extracted-indicator.js';
import { type Severity } from './severity.js';

/**
 * Fields that source plugins fill and system mappings read. A value is a list if the payload has several.
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

/** One alert of a vendor as its source plugin reads it. The raw payload is stored unchanged. */
export type NormalizedAlert = {
  title: string;
  description?: string | undefined;
  severity: Severity;
  severityOriginal?: string | undefined;
  /** Undefined if missing or unreadable. Then the time of receipt is used, with a note. */
  occurredAt?: Date | undefined;
  tags: string[];
  nativeAlertId?: string | undefined;
  sourceRuleId?: string | undefined;
  sourceRuleName?: string | undefined;
  /** Link to the alert in its source. */
  sourceUrl?: string | undefined;
  mitreTactics: string[];
  mitreTechniques: string[];
  fields: Partial<Record<NormalizedField, string | string[]>>;
  hosts: string[];
  users: string[];
  statedIndicators: StatedIndicator[];
  /** Status of the alert in its source, in the source's own word: `resolved`, `Closed`, `archived`. */
  sourceStatus?: string | undefined;
  /** Whether the message ends an alert. It is then noted on that alert and opens no new one. */
  isEnd?: true | undefined;
  /** Whether the payload has no title of its own. Updates do not take such a title over. */
  isTitleAssumed?: true | undefined;
  /** Assumptions and repairs that were made while reading. */
  notes: string[];
};

/** The lists of an alert of which nothing but its title and texts could be read. */
export const emptyLists = () =>
  ({
    tags: [],
    mitreTactics: [],
    mitreTechniques: [],
    fields: {},
    hosts: [],
    users: [],
    statedIndicators: [],
    notes: [],
  }) satisfies Partial<NormalizedAlert>;
