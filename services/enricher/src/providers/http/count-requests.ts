import { type IndicatorType } from '@calseta/common';
import {
  type Address,
  type CompiledLookup,
  hostsOf,
  type Send,
  stepsFor,
  TOKEN_STEP,
  tokensAtOwnHosts,
} from '@calseta/http-steps';
import { type RequestCounter } from '../../domain/provider.js';

type Counted = { lookup: CompiledLookup } & Address;

/** Requests that one lookup about an indicator of the type may send to the provider. */
export const unitsOf = (setup: Counted, type: IndicatorType): number =>
  stepsFor(setup.lookup, type).length + tokensAtOwnHosts(setup.lookup, type, setup);

/** Sends requests that a quota counts. A token from another host is from another vendor: requests for it are not counted. */
export function countedSender(
  send: Send,
  requests: RequestCounter,
  setup: Counted,
  type: IndicatorType,
): Send {
  const hosts = hostsOf(setup.lookup, type, setup);
  return async (request, step) => {
    if (step === TOKEN_STEP && !hosts.has(new URL(request.url).host))
      return await send(request, step);
    const hasLeft = requests.begin();
    if (!hasLeft) return { kind: 'blocked', error: 'the lookup sends too much' };
    try {
      return await send(request, step);
    } finally {
      hasLeft();
    }
  };
}
