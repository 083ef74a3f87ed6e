import { type System } from '../system/start-system.js';
import { type LoadPlan } from '../tools/load-tool.js';

type Given = Pick<LoadPlan, 'pace'> & {
  limit: NonNullable<LoadPlan['limit']>;
  run: string;
  connections?: number;
  perRequest?: number;
  indicatorPool?: number;
};

/** Alerts of the generic source with their own ids, at the given rate. */
export const ingestPlan = (system: System, given: Given): LoadPlan => ({
  url: system.ingestUrl,
  path: '/v1/ingest/generic',
  apiKey: system.apiKey,
  connections: given.connections ?? 64,
  alerts: {
    run: given.run,
    perRequest: given.perRequest ?? 1,
    indicatorPool: given.indicatorPool ?? 10_000,
    hasIds: true,
  },
  pace: given.pace,
  limit: given.limit,
  insists: false,
});
