import type pg from 'pg';

/** Statements that each connection keeps planned at most; the code has some sixty. */
export const MAX_PREPARED = 256;

/**
 * Names the statements that have values, so that each connection parses and plans a text once: planning
 * costs Postgres more than running does, where a batch is small. Beyond the bound they run unprepared.
 */
export function prepareStatements(): (text: string, values?: unknown[]) => pg.QueryConfig {
  const names = new Map<string, string>();
  return (text, values) => {
    if (!values) return { text };
    if (!names.has(text) && names.size < MAX_PREPARED) names.set(text, `s${names.size + 1}`);
    const name = names.get(text);
    return { text, values, ...(name !== undefined && { name }) };
  };
}
