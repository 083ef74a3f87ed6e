import { type Principal } from '@calseta/common';
import { type Caller } from '../operations/operation.js';

/** The caller of an operation, as a route knows it. */
export const callerOf = ({
  principal,
  request,
}: {
  principal: Principal;
  request: { traceparent: string };
}): Caller => ({ principal, traceparent: request.traceparent });
