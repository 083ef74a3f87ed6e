import {
  agentOfEvent,
  EVENT_LIMIT,
  formatTimestamp,
  newUuid,
  type OperatorEvent,
  severityOfEvent,
  storableText,
} from '@calseta/common';
import { agentNow } from '../core/agent-clock.js';

/** Runs one statement: `client.query` of a transaction, or `$executeRawUnsafe` of Prisma's with the values spread. */
export type RunStatement = (text: string, values: unknown[]) => Promise<unknown>;

/**
 * Makes a delivery of each event for every agent that takes events of its kind: one statement, which commits with the
 * fact if it is run in the transaction that writes it. An agent that is switched off gets none, and no agent gets one
 * about itself. An agent gets at most `EVENT_LIMIT` events of a kind; those beyond it are counted, and the first of
 * the next window says how many there were. The dispatchers push the deliveries as those of alerts.
 */
export async function createEvents(
  run: RunStatement,
  events: readonly OperatorEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const now = formatTimestamp(new Date());
  const given = events.map((event) => ({
    id: newUuid(),
    event: event.event,
    data: { ...storable(event.data), occurred_at: now },
    severity: severityOfEvent(event),
    about: agentOfEvent(event) ?? null,
  }));
  await run(CREATE, [JSON.stringify(given)]);
}

/** Characters of one text that are kept. */
const MAX_TEXT_CHARACTERS = 2_000;

const storable = (data: OperatorEvent['data']): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'string' ? storableText(value.slice(0, MAX_TEXT_CHARACTERS)) : value,
    ]),
  );

/** A UUIDv7 in form, with the time of the event's id; the rest is a hash of the event's and the agent's. */
const DELIVERY_ID = `
  (substr(id::text, 1, 14) || '7' || substr(hash, 1, 3) || '-8' || substr(hash, 4, 3) || '-' ||
   substr(hash, 7, 12))::uuid`;

/**
 * Agents are read in the order of their ids and held, so that a concurrent delete does not fail the transaction.
 * `before`: how many of the window there were already.
 */
const CREATE = `
  WITH given AS (
    SELECT row_number() OVER () AS position, g.*
      FROM jsonb_to_recordset($1::text::jsonb)
           AS g(id uuid, event text, data jsonb, severity severity, about uuid)
  ), takers AS MATERIALIZED (
    SELECT a.id AS agent_id, a.events, a.receive_quarantined, ${agentNow('a')} AS opened_at
      FROM agents a
     WHERE a.is_active AND (a.expires_at IS NULL OR a.expires_at > now())
       AND (a.events && (SELECT array_agg(event) FROM given)
            OR a.receive_quarantined AND EXISTS (SELECT FROM given WHERE event = 'alert.quarantined'))
     ORDER BY a.id FOR KEY SHARE OF a
  ), wanted AS (
    SELECT given.*, takers.agent_id, takers.opened_at,
           row_number() OVER (PARTITION BY takers.agent_id, given.event ORDER BY given.position) AS rank
      FROM given JOIN takers
        ON (given.event = ANY (takers.events)
            OR takers.receive_quarantined AND given.event = 'alert.quarantined')
       AND given.about IS DISTINCT FROM takers.agent_id
  ), tally AS (
    SELECT agent_id, event, count(*)::int AS added FROM wanted GROUP BY agent_id, event
  ), counted AS (
    INSERT INTO event_counts AS c
           (agent_id, event, window_began_at, count, skipped_total, last_skipped_at)
    SELECT agent_id, event, now(), added, greatest(0, added - ${EVENT_LIMIT.count}),
           CASE WHEN added > ${EVENT_LIMIT.count} THEN now() END
      FROM tally ORDER BY agent_id, event
    ON CONFLICT (agent_id, event) DO UPDATE
       SET (window_began_at, count, skipped_before, skipped_total, last_skipped_at) = (
             SELECT CASE WHEN is_over THEN now() ELSE c.window_began_at END,
                    before + excluded.count,
                    CASE WHEN is_over THEN greatest(0, c.count - ${EVENT_LIMIT.count}) ELSE c.skipped_before END,
                    c.skipped_total + skipped,
                    CASE WHEN skipped > 0 THEN now() ELSE c.last_skipped_at END
               FROM (SELECT c.window_began_at <= now() - interval '${EVENT_LIMIT.windowSeconds} seconds' AS is_over) w,
            LATERAL (SELECT CASE WHEN is_over THEN 0 ELSE c.count END AS before) b,
            LATERAL (SELECT greatest(0, before + excluded.count - greatest(before, ${EVENT_LIMIT.count})) AS skipped) s)
    RETURNING agent_id, event, count, skipped_before
  ), allowed AS (
    SELECT wanted.*, encode(sha256(convert_to(wanted.id || ':' || wanted.agent_id, 'UTF8')), 'hex') AS hash,
           counted.count - tally.added AS before, counted.skipped_before
      FROM wanted
      JOIN tally USING (agent_id, event)
      JOIN counted USING (agent_id, event)
     WHERE wanted.rank + counted.count - tally.added <= ${EVENT_LIMIT.count}
  )
  INSERT INTO deliveries
         (id, kind, event, event_data, agent_id, revision, severity, next_attempt_at, created_at, opened_at)
  SELECT ${DELIVERY_ID}, 'event', event,
         data || CASE WHEN before = 0 AND rank = 1 AND skipped_before > 0
                      THEN jsonb_build_object('skipped_count', skipped_before) ELSE '{}' END,
         agent_id, 1, severity, now(), now(), opened_at
    FROM allowed`;
