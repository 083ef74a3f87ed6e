import { assertSubscribeUrl, type REQUESTS } from '@calseta/common';
import { type Responder } from '@calseta/messaging';
import { type OutboundHttp } from '@calseta/platform';

const TIMEOUT_MS = 10_000;
/** Amazon answers with a little XML, of which nothing is kept. */
const MAX_RESPONSE_BYTES = 1_024;

/** Opens the URL of a subscription at Amazon SNS, once; its answer is neither followed nor kept. */
export const confirmSubscriptionResponder = (
  http: Pick<OutboundHttp, 'get'>,
  signal: AbortSignal,
): Responder<typeof REQUESTS.confirmSubscription> =>
  async function respondConfirmSubscription(request) {
    assertSubscribeUrl(request);
    const result = await http.get(request.subscribe_url, {
      headers: {},
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal,
    });
    if (result.kind !== 'response') return { is_confirmed: false, error: result.error };
    const isConfirmed = result.status >= 200 && result.status < 300;
    return isConfirmed
      ? { is_confirmed: true }
      : { is_confirmed: false, error: `Amazon SNS answered ${result.status}.` };
  };
