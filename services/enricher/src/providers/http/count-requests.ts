import { type IndicatorType } from '@calseta/common';
import { type CompiledLookup, type Send, TOKEN_STEP } from '@calseta/http-steps';
import { type RequestCounter } from '../../domain/provider.js';

/** Requests that one lookup about an indicator of the type may send; a token counts elsewhere. */
export const unitsOf = ({ steps }: Pick<CompiledLookup, 'steps'>, type: IndicatorType): number =>
  steps.filter(({ indicatorTypes }) => !indicatorTypes || indicatorTypes.includes(type)).length;

/** Sends requests that a quota counts. The step that fetches a token is none of a lookup: one token serves many. */
export const countedSender =
  (send: Send, requests: RequestCounter): Send =>
  async (request, step) => {
    if (step === TOKEN_STEP) return await send(request, step);
    const hasLeft = requests.begin();
    if (!hasLeft) return { kind: 'blocked', error: 'the lookup sends too much' };
    try {
      return await send(request, step);
    } finally {
      hasLeft();
    }
  };
