import { createHash } from 'node:crypto';
import { type AuditEntryResource } from '@calseta/common';

/** What the link of an entry covers: all but the texts and their salts, which can be emptied. */
export type LinkedFields = Omit<
  AuditEntryResource,
  'before' | 'after' | 'before_salt' | 'after_salt' | 'hash'
>;

/** JSON with the keys of objects in order and without spaces (RFC 8785). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Hash of a text behind its salt, without which short texts could be guessed from it. */
export const hashText = (salt: string, text: unknown): string => sha256(salt + canonicalJson(text));

/** Hash of an entry, which the next one names. */
export const hashEntry = ({
  sequence,
  uuid,
  at,
  actor,
  actor_type,
  key_id,
  agent_uuid,
  address,
  request_id,
  via,
  action,
  resource_type,
  resource_id,
  before_hash,
  after_hash,
  previous_hash,
}: LinkedFields): string =>
  sha256(
    canonicalJson({
      sequence,
      uuid,
      at,
      actor,
      actor_type,
      key_id,
      agent_uuid,
      address,
      request_id,
      via,
      action,
      resource_type,
      resource_id,
      before_hash,
      after_hash,
      previous_hash,
    }),
  );
