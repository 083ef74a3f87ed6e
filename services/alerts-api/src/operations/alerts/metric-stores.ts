import {
  createBreakdownStore,
  createFiguresStore,
  createMetricsStore,
  type Database,
} from '@calseta/database';

/** What the operations on metrics read. */
export const metricStores = (database: Database) => ({
  metrics: createMetricsStore(database),
  breakdowns: createBreakdownStore(database),
  figures: createFiguresStore(database),
});
