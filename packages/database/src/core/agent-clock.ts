/**
 * SQL: the time on an agent's clock, which stands still while the agent is disabled. The times of deliveries that count
 * towards giving up are on this clock; a trigger keeps `disabled_at` and `paused_ms`.
 */
export const agentNow = (agents: string): string =>
  `(coalesce(${agents}.disabled_at, now()) - make_interval(secs => ${agents}.paused_ms / 1000.0))`;
