import { type Principal } from '@calseta/common';
import { type Caller } from '../operations/operation.js';

export const callerOf = ({
  principal,
  request,
}: {
  principal: Principal;
  request: { traceparent: string };
}): Caller => ({ principal, traceparent: request.traceparent });
