import { type AgentHealth, formatTimestamp, isOperatorEvent } from '@calseta/common';
import { type Database } from '../core/database.js';
import { type Agent, type EventCount } from '../generated/client.js';

/** How pushes to the agents fare, as all dispatchers together wrote it down. */
export interface AgentHealthStore {
  read(uuid: string): Promise<AgentHealth | undefined>;
}

export const createAgentHealthStore = (database: Database): AgentHealthStore => ({
  async read(uuid) {
    const agent = await database.prisma.agent.findUnique({
      where: { id: uuid },
      include: { eventCounts: { orderBy: { event: 'asc' } } },
    });
    if (!agent) return undefined;
    const { rows } = await database.query<{ count: number; oldest: Date | null }>(WAITING, [uuid]);
    const oldest = rows[0]?.oldest;
    return {
      failures_in_a_row: agent.consecutiveFailures,
      ...(agent.failingSince && { failing_since: formatTimestamp(agent.failingSince) }),
      ...breakerOf(agent, new Date()),
      ...(agent.lastError !== null && { last_error: agent.lastError }),
      ...(agent.lastErrorAt && { last_error_at: formatTimestamp(agent.lastErrorAt) }),
      waiting_count: rows[0]?.count ?? 0,
      ...(oldest && { oldest_waiting_at: formatTimestamp(oldest) }),
      skipped_events: agent.eventCounts.flatMap(skippedOf),
      ...(agent.disabledAt && { disabled_at: formatTimestamp(agent.disabledAt) }),
    };
  },
});

function skippedOf({
  event,
  skippedTotal,
  lastSkippedAt,
}: EventCount): AgentHealth['skipped_events'] {
  if (!lastSkippedAt || !isOperatorEvent(event)) return [];
  return [{ event, count: Number(skippedTotal), last_skipped_at: formatTimestamp(lastSkippedAt) }];
}

const WAITING = `
  SELECT count(*)::int AS count, min(created_at) AS oldest
    FROM deliveries WHERE agent_id = $1::uuid AND status = 'pending'`;

function breakerOf(
  { breakerOpenUntil: until }: Agent,
  now: Date,
): Pick<AgentHealth, 'breaker' | 'breaker_open_until'> {
  if (!until) return { breaker: 'closed' };
  const isOpen = until > now;
  return isOpen
    ? { breaker: 'open', breaker_open_until: formatTimestamp(until) }
    : { breaker: 'half_open' };
}
