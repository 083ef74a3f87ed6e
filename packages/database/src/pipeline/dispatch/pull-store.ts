import { type Database } from '../../core/database.js';
import { defineRows } from '../../core/rows.js';
import { agentNow } from '../../core/agent-clock.js';
import { type Lease } from './lease-deliveries.js';

/** A delivery whose lease its agent holds, also one whose time is over, until somebody else claims it. */
export type HeldDelivery = Lease & {
  attemptCount: number;
  /** Those of them before it was opened last. */
  earlierAttempts: number;
  /** How long it has been open, on its agent's clock, ms. */
  openForMs: number;
};

/** What agents need to pull their deliveries, besides claiming them. */
export interface PullStore {
  findHeld(agentId: string, leases: readonly Lease[]): Promise<HeldDelivery[]>;
  /** Notes about how many tokens the bodies have that were handed out. */
  noteTokens(handedOut: readonly { id: string; tokens: number }[]): Promise<void>;
  /** Those of the agents that have a due delivery which nobody holds. */
  findDue(agentIds: readonly string[]): Promise<Set<string>>;
}

const LEASES = defineRows<Lease>(
  'held',
  {
    id: ['uuid', ({ id }) => id],
    lease_token: ['uuid', ({ leaseToken }) => leaseToken],
  },
  { firstParameter: 2 },
);

const FIND_HELD = `
  SELECT d.id, d.lease_token AS "leaseToken", d.attempt_count AS "attemptCount",
         d.earlier_attempts AS "earlierAttempts",
         (extract(epoch FROM ${agentNow('agents')} - coalesce(d.opened_at, d.created_at)) * 1000)::float8
           AS "openForMs"
    FROM ${LEASES.from}
    JOIN deliveries d ON d.id = held.id AND d.lease_token = held.lease_token
    JOIN agents ON agents.id = d.agent_id
   WHERE d.agent_id = $1::uuid AND d.status = 'pending'`;

const FIND_DUE = `
  SELECT id FROM unnest($1::uuid[]) AS waiting(id)
   WHERE EXISTS (
     SELECT 1 FROM deliveries
      WHERE agent_id = waiting.id AND status = 'pending' AND kind <> 'test'
        AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now()))`;

const NOTE_TOKENS = `
  UPDATE deliveries d SET pushed_tokens = given.tokens
    FROM unnest($1::uuid[], $2::int[]) AS given(id, tokens) WHERE d.id = given.id`;

export const createPullStore = ({ query }: Pick<Database, 'query'>): PullStore => ({
  async findHeld(agentId, leases) {
    const { rows } = await query<HeldDelivery>(FIND_HELD, [agentId, ...LEASES.parameters(leases)]);
    return rows;
  },
  async noteTokens(handedOut) {
    if (handedOut.length === 0) return;
    await query(NOTE_TOKENS, [
      handedOut.map(({ id }) => id),
      handedOut.map(({ tokens }) => tokens),
    ]);
  },
  async findDue(agentIds) {
    const { rows } = await query<{ id: string }>(FIND_DUE, [agentIds]);
    return new Set(rows.map(({ id }) => id));
  },
});
