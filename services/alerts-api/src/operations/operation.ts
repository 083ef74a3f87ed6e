import {
  type Access,
  type Principal,
  requireAccess,
  requireAgent,
  type Scope,
} from '@calseta/common';

/** The principal of a request, and its trace. */
export type Caller = { principal: Principal; traceparent: string };

/**
 * Something that the API can do, independent of the protocol. Routes and tools read the input, check
 * `access.fieldScopes` against it, and translate the outcome to their protocol. Failures are AppErrors.
 */
export type Operation<Input, Outcome> = {
  access: Access;
  run(input: Input, caller: Caller): Promise<Outcome>;
};

/** Declares an operation, which refuses keys that lack its scope or are of the other type. */
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

/** An operation on one agent: for keys of that agent, and for those that hold `unlessOwnAgent` besides. */
export const ownAgentOperation = <Input extends { uuid: string }, Outcome>(
  access: Access & { unlessOwnAgent: Scope },
  work: (input: Input, caller: Caller) => Promise<Outcome>,
): Operation<Input, Outcome> =>
  operation(access, async (input: Input, caller) => {
    requireAgent(caller.principal, input.uuid, access.unlessOwnAgent);
    return await work(input, caller);
  });
