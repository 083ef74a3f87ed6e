import { batch } from './batch.js';
import { ingest } from './ingest.js';
import { pipeline } from './pipeline.js';
import { type Scenario } from './scenario.js';

/** In the order in which they run when none is named. */
export const SCENARIOS: readonly Scenario[] = [ingest, batch, pipeline];
