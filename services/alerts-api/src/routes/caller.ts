import { type Principal } from '@calseta/common';
import { type RequestContext } from '@calseta/platform';
import { type Caller } from '../operations/operation.js';

export const callerOf = ({
  principal,
  request: { traceparent, requestId, clientAddress },
}: {
  principal: Principal;
  request: Pick<RequestContext, 'traceparent' | 'requestId' | 'clientAddress'>;
}): Caller => ({ principal, traceparent, requestId, address: clientAddress });
