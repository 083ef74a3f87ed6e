import { type IndicatorType } from '@calseta/common';
import { appliesTo } from '../run/run-steps.js';
import { renderRequest, type StepRequest, UnusableValueError } from '../steps/render-request.js';
import { type TemplateScope } from '../templates/template.js';
import { type CompiledWorkflow } from './compile-workflow.js';

export type PlannedStep = { name: string; request?: StepRequest; problem?: string };

/**
 * The requests that a run would send, with secrets and later answers as names: `<steps.resolve.body.id>`. Nothing is
 * sent; what `skip_if` says is left open.
 */
export const showRequests = (
  workflow: CompiledWorkflow,
  given: { scope: TemplateScope; indicatorType?: IndicatorType; baseUrl: string },
): PlannedStep[] =>
  workflow.steps
    .filter((step) => appliesTo(step, given.indicatorType))
    .map((step) => {
      const context = { ...given, replacesOrigin: false, hasStandIns: true, token: '<token>' };
      try {
        return {
          name: step.name,
          request: renderRequest(step, step.auth ?? workflow.auth, context, true),
        };
      } catch (error) {
        if (!(error instanceof UnusableValueError)) throw error;
        return { name: step.name, problem: error.message };
      }
    });
