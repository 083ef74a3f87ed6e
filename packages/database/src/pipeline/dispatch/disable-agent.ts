import { type Database } from '../../core/database.js';
import { createEvents } from '../../events/create-events.js';

const DISABLE = `
  UPDATE agents SET is_active = false, disabled_reason = $2, updated_at = now()
   WHERE id = $1::uuid AND is_active
  RETURNING name`;

/** Switches an agent off, unless it is off, and tells the agents that want to know. */
export async function disableAgent(
  database: Pick<Database, 'transaction'>,
  agentId: string,
  reason: string,
): Promise<void> {
  await database.transaction(async (client) => {
    const { rows } = await client.query<{ name: string }>(DISABLE, [agentId, reason]);
    const events = rows.map(({ name }) => ({
      event: 'agent.disabled' as const,
      data: { agent_uuid: agentId, agent_name: name, reason },
    }));
    await createEvents((text, values) => client.query(text, values), events);
  });
}
