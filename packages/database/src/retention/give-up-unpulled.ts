import { newUuid } from '@calseta/common';
import { agentNow } from '../core/agent-clock.js';
import { type Database } from '../core/database.js';
import { tellOfDead } from '../pipeline/dispatch/tell-of-dead.js';

const REASON = 'nobody pulled it in time';

/** Of agents that pull and are switched on: what has been open too long, on the agent's clock, and nobody holds. */
const GIVE_UP = `
  WITH overdue AS (
    SELECT d.id FROM agents a
     CROSS JOIN LATERAL (
           SELECT id FROM deliveries
            WHERE agent_id = a.id AND status = 'pending' AND kind <> 'test'
              AND (leased_until IS NULL OR leased_until <= now())
              AND coalesce(opened_at, created_at) <= ${agentNow('a')} - make_interval(secs => $1::float8 / 1000)
            LIMIT $2 FOR UPDATE SKIP LOCKED) d
     WHERE a.webhook_url IS NULL AND a.is_active
     LIMIT $2
  )
  UPDATE deliveries d
     SET status = 'dead', finished_at = now(), leased_until = NULL, lease_token = NULL,
         last_error = coalesce(d.last_error || '; ', '') || '${REASON}'
    FROM overdue WHERE d.id = overdue.id
  RETURNING d.id`;

const NOTE = `
  INSERT INTO activity (id, alert_id, at, kind, actor, detail)
  SELECT g.activity_id, d.alert_id, now(), 'delivery.given_up', 'alerts-api',
         jsonb_build_object('delivery_uuid', d.id, 'agent_uuid', agents.id, 'agent', agents.name, 'error', d.last_error)
    FROM unnest($1::uuid[], $2::uuid[]) AS g(activity_id, id)
    JOIN deliveries d ON d.id = g.id JOIN agents ON agents.id = d.agent_id
   WHERE d.alert_id IS NOT NULL`;

/**
 * Gives up what agents that pull have left waiting for too long, and tells the agents that want to know; at most `limit`
 * deliveries. Returns how many.
 */
export async function giveUpUnpulled(
  database: Pick<Database, 'transaction'>,
  { afterMs, limit }: { afterMs: number; limit: number },
): Promise<number> {
  return await database.transaction(async (client) => {
    const { rows } = await client.query<{ id: string }>(GIVE_UP, [afterMs, limit]);
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await client.query(NOTE, [ids.map(() => newUuid()), ids]);
    await tellOfDead(client, ids);
    return ids.length;
  });
}
