import type { TriggerFilter } from '@calseta/common';
import type { DispatchAgent } from '@calseta/database';
import { type Cipher, decodeSigningSecret } from '@calseta/platform';
import { createVersioned } from '@calseta/async';

/** An agent that can be pushed to. */
export type Agent = {
  id: string;
  name: string;
  webhookUrl: string;
  triggerFilter: TriggerFilter;
  timeoutMs: number;
  maxConcurrency: number;
  isActive: boolean;
  /** Undefined when they cannot be decrypted: its deliveries wait. */
  secrets: AgentSecrets | undefined;
};

export type AgentSecrets = {
  authHeader: string | undefined;
  signingKey: Buffer;
  /** Signs beside the new one until the rotation is over. */
  previous: { key: Buffer; expiresAt: Date } | undefined;
};

export interface Agents {
  /** As of that version of the configuration, or a later one. */
  at(version: bigint): Promise<Agent[]>;
  /** As of this moment. */
  current(): Promise<Agent[]>;
  /** As of the last time that anybody asked for all of them. */
  find(agentId: string): Agent | undefined;
}

export type AgentsDeps = {
  load: () => Promise<DispatchAgent[]>;
  readVersion: () => Promise<bigint>;
  cipher: Pick<Cipher, 'decrypt'>;
  onUnreadable: (agentId: string, error: unknown) => void;
};

/** The registered agents, kept in memory with their secrets decrypted. */
export function createAgents({ load, readVersion, cipher, onUnreadable }: AgentsDeps): Agents {
  let byId = new Map<string, Agent>();
  const versioned = createVersioned({
    readVersion,
    load: async () => {
      const agents = (await load()).map((row) => toAgent(row, cipher, onUnreadable));
      byId = new Map(agents.map((agent) => [agent.id, agent]));
      return agents;
    },
  });
  return {
    at: versioned.at,
    current: async () => await versioned.at(await readVersion()),
    find: (agentId) => byId.get(agentId),
  };
}

/** Decrypts an agent's secrets. */
export function toAgent(
  row: DispatchAgent,
  cipher: Pick<Cipher, 'decrypt'>,
  onUnreadable: AgentsDeps['onUnreadable'],
): Agent {
  const agent = {
    id: row.id,
    name: row.name,
    webhookUrl: row.webhookUrl,
    triggerFilter: row.triggerFilter,
    timeoutMs: row.timeoutSeconds * 1_000,
    maxConcurrency: row.maxConcurrency,
    isActive: row.isActive,
  };
  try {
    return { ...agent, secrets: decryptSecrets(row, cipher) };
  } catch (error) {
    onUnreadable(row.id, error);
    return { ...agent, secrets: undefined };
  }
}

function decryptSecrets(row: DispatchAgent, cipher: Pick<Cipher, 'decrypt'>): AgentSecrets {
  const keyOf = (encrypted: string): Buffer => {
    const key = decodeSigningSecret(cipher.decrypt(encrypted));
    if (!key) throw new Error('The signing secret is not a whsec_… secret.');
    return key;
  };
  const { authHeaderEncrypted, previousSecretEncrypted, previousSecretExpiresAt } = row;
  return {
    authHeader: authHeaderEncrypted === undefined ? undefined : cipher.decrypt(authHeaderEncrypted),
    signingKey: keyOf(row.signingSecretEncrypted),
    previous:
      previousSecretEncrypted !== undefined && previousSecretExpiresAt !== undefined
        ? { key: keyOf(previousSecretEncrypted), expiresAt: previousSecretExpiresAt }
        : undefined,
  };
}
