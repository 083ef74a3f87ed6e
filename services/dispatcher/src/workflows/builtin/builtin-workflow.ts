import { type IndicatorType, type RiskLevel } from '@calseta/common';
import { type WorkflowDefinition } from '@calseta/http-steps';

/**
 * A workflow of the catalogue as data, in the shape that the API takes. It is inactive, and pushed to nobody, until its
 * secrets are granted to it and, where its steps begin with `/`, it has a base URL.
 */
export type BuiltinWorkflow = {
  /** Never changes: it is how the row is found again. */
  builtin_name: string;
  name: string;
  /** For the agent that may choose it: what it does, when not to use it, what undoes it. */
  documentation: string;
  risk_level: RiskLevel;
  indicator_types: IndicatorType[];
  definition: WorkflowDefinition;
};
