import { AsyncLocalStorage } from 'node:async_hooks';

/** Who acts: a person, an agent, an approver with a link or in Slack, or the process itself. */
export type AuditActor = {
  /** The principal. */
  actor: string;
  actorType: 'human' | 'agent' | 'approver';
  keyId?: string;
  agentId?: string | null;
  /** Address of the client. */
  address?: string;
  requestId?: string;
  /** How it came: `rest`, `mcp`, `link`, `slack`. */
  via: string;
};

type Acting = {
  setting: string;
  /** Whether the transaction in which the work runs knows it already. */
  isSet: boolean;
};

const storage = new AsyncLocalStorage<Acting>();

/** Says to the triggers of the audit log, in the transaction that it begins, who acts. */
export const SET_ACTOR = `SELECT set_config('calseta.audit', $1, true)`;

/** Runs work whose changes in the database are audited as those of `actor`. */
export const actAs = <T>(actor: AuditActor, work: () => T): T =>
  storage.run({ setting: JSON.stringify(toSetting(actor)), isSet: false }, work);

/** What a new transaction has to be told; undefined outside of `actAs`, and in a transaction that was told. */
export function untoldActor(): string | undefined {
  const acting = storage.getStore();
  return acting && !acting.isSet ? acting.setting : undefined;
}

/** Runs work in a transaction that was told who acts. */
export const asTold = <T>(setting: string, work: () => T): T =>
  storage.run({ setting, isSet: true }, work);

const toSetting = ({ actor, actorType, keyId, agentId, address, requestId, via }: AuditActor) => ({
  actor,
  actor_type: actorType,
  key_id: keyId,
  agent_uuid: agentId ?? undefined,
  address,
  request_id: requestId,
  via,
});
