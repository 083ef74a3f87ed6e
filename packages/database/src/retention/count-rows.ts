/** Larger counts are reported as this. */
export const MAX_COUNTED = 100_000;

/** SQL: how many rows there are. `from` is what follows FROM. */
export const countUpTo = (from: string): string =>
  `(SELECT count(*)::int FROM (SELECT FROM ${from} LIMIT ${MAX_COUNTED}) AS counted)`;

/**
 * SQL: how many rows there are without those of tests. They are few, so they are counted apart and subtracted: a condition
 * on each row would read the table, where an index suffices.
 */
export const countWithoutTests = (from: string, tests: string): string => `
  (SELECT (counted.total - tests.total)::int
     FROM (SELECT count(*) AS total FROM ${tests}) AS tests
    CROSS JOIN LATERAL (
          SELECT count(*) AS total
            FROM (SELECT FROM ${from} LIMIT ${MAX_COUNTED} + tests.total) AS matched) AS counted)`;
