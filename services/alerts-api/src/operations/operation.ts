import { type Access, requireAccess, type Principal } from '@calseta/common';

/** Who asks for something, and the trace that it belongs to. */
export type Caller = { principal: Principal; traceparent: string };

/**
 * Something that the API can do. Routes and tools stand on it: they read the input, check `access.fieldScopes` against
 * what was sent, and put the outcome into words of their protocol. Failures are AppErrors.
 */
export type Operation<Input, Outcome> = {
  access: Access;
  run(input: Input, caller: Caller): Promise<Outcome>;
};

/** Declares an operation, which refuses callers whose keys lack its scope or are of the other type. */
export const operation = <Input, Outcome>(
  access: Access,
  work: (input: Input, caller: Caller) => Promise<Outcome>,
): Operation<Input, Outcome> => ({
  access,
  async run(input, caller) {
    requireAccess(caller.principal, access);
    return await work(input, caller);
  },
});
