import type pg from 'pg';

/** Maximum number of prepared statements per connection; the code has about sixty. */
export const MAX_PREPARED = 256;

/**
 * Names statements that have values, so that each connection parses and plans a text once: for small batches, planning
 * costs Postgres more than execution. Further statements run unprepared.
 * A limit of 0 names nothing, for poolers that may use another connection each time.
 */
export function prepareStatements(
  maxPrepared = MAX_PREPARED,
): (text: string, values?: unknown[]) => pg.QueryConfig {
  const names = new Map<string, string>();
  return (text, values) => {
    if (!values) return { text };
    if (!names.has(text) && names.size < maxPrepared) names.set(text, `s${names.size + 1}`);
    const name = names.get(text);
    return { text, values, ...(name !== undefined && { name }) };
  };
}
