import { randomBytes } from 'node:crypto';
import { type Database, type Transaction } from '../core/database.js';
import { defineRows } from '../core/rows.js';
import { type AuditEntry } from '../generated/client.js';
import { toAuditEntry } from './audit-entry.js';
import { hashEntry, hashText } from './hash-entry.js';

/** Entries that are chained in one transaction. */
export const CHAINED_AT_ONCE = 500;
const SALT_BYTES = 16;

type Last = { sequence: number; hash: string };
type Link = {
  id: string;
  sequence: number;
  previousHash: string;
  hash: string;
  beforeSalt: string | null;
  beforeHash: string | null;
  afterSalt: string | null;
  afterHash: string | null;
};

const LOCK_LAST = `
  SELECT last_sequence::float8 AS sequence, last_hash AS hash FROM audit_chain WHERE id = 1 FOR UPDATE`;

const READ_PENDING = `
  SELECT id, at, actor, actor_type AS "actorType", key_id AS "keyId", agent_id AS "agentId", address,
         request_id AS "requestId", via, action, resource_type AS "resourceType",
         resource_id AS "resourceId", before, after
    FROM audit_entries WHERE sequence IS NULL ORDER BY position LIMIT $1`;

const LINKS = defineRows<Link>('link', {
  id: ['uuid', ({ id }) => id],
  sequence: ['bigint', ({ sequence }) => sequence],
  previous_hash: ['text', ({ previousHash }) => previousHash],
  hash: ['text', ({ hash }) => hash],
  before_salt: ['text', ({ beforeSalt }) => beforeSalt],
  before_hash: ['text', ({ beforeHash }) => beforeHash],
  after_salt: ['text', ({ afterSalt }) => afterSalt],
  after_hash: ['text', ({ afterHash }) => afterHash],
});

const WRITE_LINKS = `
  UPDATE audit_entries entry
     SET sequence = link.sequence, previous_hash = link.previous_hash, hash = link.hash,
         before_salt = link.before_salt, before_hash = link.before_hash,
         after_salt = link.after_salt, after_hash = link.after_hash
    FROM ${LINKS.from} WHERE entry.id = link.id`;

const WRITE_LAST = 'UPDATE audit_chain SET last_sequence = $1, last_hash = $2 WHERE id = 1';

/**
 * Chains the oldest pending entries and returns how many. Of several processes one chains at a time: the others wait
 * for it or, with `skipIfBusy`, return 0. Whoever writes an entry waits for none of them.
 */
export const chainEntries = async (
  database: Pick<Database, 'transaction'>,
  { skipIfBusy }: { skipIfBusy: boolean },
): Promise<number> =>
  await database.transaction(async (client) => {
    const { rows } = await client.query<Last>(skipIfBusy ? `${LOCK_LAST} SKIP LOCKED` : LOCK_LAST);
    const [last] = rows;
    return last ? await extend(client, last) : 0;
  });

async function extend(client: Transaction, last: Last): Promise<number> {
  // This statement sees what the process before has chained, since it begins after the lock is held.
  const { rows } = await client.query<AuditEntry>(READ_PENDING, [CHAINED_AT_ONCE]);
  let end = last;
  const links = rows.map((row) => {
    const link = linkOf(row, end);
    end = link;
    return link;
  });
  if (links.length === 0) return 0;
  client.send(WRITE_LINKS, LINKS.parameters(links));
  client.send(WRITE_LAST, [end.sequence, end.hash]);
  return links.length;
}

function linkOf(row: AuditEntry, last: Last): Link {
  const sequence = last.sequence + 1;
  const before = saltAndHash(row.before);
  const after = saltAndHash(row.after);
  const linked = { sequence: BigInt(sequence), previousHash: last.hash };
  const hashes = { beforeHash: before.hash, afterHash: after.hash };
  return {
    id: row.id,
    sequence,
    previousHash: last.hash,
    hash: hashEntry(toAuditEntry({ ...row, ...linked, ...hashes })),
    beforeSalt: before.salt,
    afterSalt: after.salt,
    ...hashes,
  };
}

function saltAndHash(text: unknown): { salt: string | null; hash: string | null } {
  if (text === null) return { salt: null, hash: null };
  const salt = randomBytes(SALT_BYTES).toString('hex');
  return { salt, hash: hashText(salt, text) };
}
