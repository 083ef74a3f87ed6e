import {
  type Access,
  type Principal,
  requireAccess,
  requireAgent,
  type Scope,
} from '@calseta/common';
import { actAs, type AuditActor } from '@calseta/database';

/** The principal of a request, its trace, and what the audit log says about it. */
export type Caller = {
  principal: Principal;
  traceparent: string;
  requestId?: string;
  /** Address of the client. */
  address?: string;
  /** `rest` by default. */
  via?: 'rest' | 'mcp';
};

/**
 * Something that the API can do, independent of the protocol. Routes and tools read the input, check
 * `access.fieldScopes` against it, and translate the outcome to their protocol. Failures are AppErrors.
 */
export type Operation<Input, Outcome> = {
  access: Access;
  run(input: Input, caller: Caller): Promise<Outcome>;
};

/**
 * Declares an operation, which refuses keys that lack its scope or are of the other type. What it changes in the database
 * is audited as done by the caller.
 */
export const operation = <Input, Outcome>(
  access: Access,
  work: (input: Input, caller: Caller) => Promise<Outcome>,
): Operation<Input, Outcome> => ({
  access,
  async run(input, caller) {
    requireAccess(caller.principal, access);
    return await actAs(actorOf(caller), async () => await work(input, caller));
  },
});

const actorOf = ({ principal, requestId, address, via = 'rest' }: Caller): AuditActor => ({
  actor: principal.principalId,
  actorType: principal.keyType,
  keyId: principal.keyId,
  agentId: principal.agentId,
  ...(address !== undefined && { address }),
  ...(requestId !== undefined && { requestId }),
  via,
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
