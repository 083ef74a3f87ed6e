import { type StepOutcome } from '../answers/read-answer.js';
import { type CompiledStep } from '../steps/compile-steps.js';
import { withinRun } from './obtain-token.js';
import { type StepSettings, type StepTrace, type Taken, takeStep } from './take-step.js';

export type StepsResult = {
  /** `found` when every required step found something; else the outcome of the step that ended the run. */
  outcome: StepOutcome;
  /** The step that ended the run early. */
  endedBy?: string;
  message?: string;
  isRetryable: boolean;
  waitHintSeconds?: number;
  /** Bodies of the steps that found something, and of a step that ended the run by finding nothing, by step. */
  bodies: Record<string, unknown>;
  trace: StepTrace[];
};

export type StepsRun = StepSettings & { steps: readonly CompiledStep[] };

/**
 * Runs steps in order, each with the answers of the earlier ones. A required step that does not find what it asks
 * for ends the run. An optional step is skipped when it needs a value of an optional step that found nothing.
 */
export async function runSteps(run: StepsRun): Promise<StepsResult> {
  const state: RunState = { bodies: {}, answers: {}, trace: [] };
  const tokens = withinRun(run.tokens);
  for (const step of run.steps) {
    if (!appliesTo(step, run.indicatorType)) continue;
    const reading = await takeStep(step, { ...run, tokens }, state, state.trace);
    if (reading.outcome === 'found') {
      state.bodies[step.name] = reading.tree?.body;
      state.answers[step.name] = reading.tree;
    } else if (!step.isOptional) {
      if (reading.outcome === 'not_found') state.bodies[step.name] = reading.tree?.body;
      return conclude(reading, state);
    }
  }
  return { outcome: 'found', isRetryable: false, bodies: state.bodies, trace: state.trace };
}

type RunState = {
  bodies: Record<string, unknown>;
  /** For `steps.<name>`. */
  answers: Record<string, unknown>;
  trace: StepTrace[];
};

export const appliesTo = (
  { indicatorTypes }: CompiledStep,
  type: StepSettings['indicatorType'],
): boolean => !indicatorTypes || type === undefined || indicatorTypes.includes(type);

function conclude(
  { outcome, by, message, isRetryable, waitHintSeconds }: Taken,
  { bodies, trace }: RunState,
): StepsResult {
  return {
    outcome,
    endedBy: by,
    isRetryable,
    ...(message !== undefined && { message }),
    ...(waitHintSeconds !== undefined && { waitHintSeconds }),
    bodies,
    trace,
  };
}
