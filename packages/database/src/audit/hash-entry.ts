import { createHash } from 'node:crypto';
import { type AuditEntryResource } from '@calseta/common';
import { canonicalJson } from '../core/canonical-json.js';

/** What the hash of an entry covers: all but itself, the texts and their salts, which can be emptied. */
const LINKED_FIELDS = [
  'sequence',
  'uuid',
  'at',
  'actor',
  'actor_type',
  'key_id',
  'agent_uuid',
  'address',
  'request_id',
  'via',
  'action',
  'resource_type',
  'resource_id',
  'before_hash',
  'after_hash',
  'previous_hash',
] as const satisfies (keyof AuditEntryResource)[];

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Hash of a text behind its salt, without which short texts could be guessed from it. */
export const hashText = (salt: string, text: unknown): string => sha256(salt + canonicalJson(text));

/** Hash of an entry, which the next one names. */
export const hashEntry = (
  entry: Pick<AuditEntryResource, (typeof LINKED_FIELDS)[number]>,
): string =>
  sha256(canonicalJson(Object.fromEntries(LINKED_FIELDS.map((name) => [name, entry[name]]))));
