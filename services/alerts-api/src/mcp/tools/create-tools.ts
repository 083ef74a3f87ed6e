import { type Operations } from '../../operations/create-operations.js';
import { alertTools } from './alerts.js';
import { catalogueTools } from './catalogue.js';
import { type Tool } from './define-tool.js';
import { indicatorTools } from './indicators.js';
import { metricsTools } from './metrics.js';
import { workflowTools } from './workflows.js';

/** Every tool, the same for every key. */
export const createTools = (operations: Operations): Tool[] => [
  ...alertTools(operations),
  ...indicatorTools(operations),
  ...catalogueTools(operations),
  ...workflowTools(operations),
  ...metricsTools(operations),
];
