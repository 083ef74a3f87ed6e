import { autoscale } from './autoscale.js';
import { badAgents } from './bad-agents.js';
import { batch } from './batch.js';
import { dispatch } from './dispatch.js';
import { drain } from './drain.js';
import { enrichCached } from './enrich-cached.js';
import { extract } from './extract.js';
import { growth } from './growth.js';
import { ingest } from './ingest.js';
import { list } from './list.js';
import { mcpSearch } from './mcp-search.js';
import { pipeline } from './pipeline.js';
import { type Scenario } from './scenario.js';
import { size } from './size.js';
import { troubledProviders } from './troubled-providers.js';

/** Order of the scenarios when none is named. */
export const SCENARIOS: readonly Scenario[] = [
  ingest,
  batch,
  pipeline,
  dispatch,
  badAgents,
  extract,
  enrichCached,
  troubledProviders,
  list,
  mcpSearch,
  drain,
  growth,
  size,
  autoscale,
];
