import type { TriggerFilter } from '@calseta/common';
import type { DispatchAgent } from '@calseta/database';
import { type Cipher, decodeSigningSecret } from '@calseta/platform';

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
  /** As of at most two seconds ago. */
  all(): Promise<Agent[]>;
  /** As of the last time that anybody asked for all. */
  find(agentId: string): Agent | undefined;
}

export type AgentsDeps = {
  load: () => Promise<DispatchAgent[]>;
  /** Wraps a loader so that it runs again when the configuration has changed. */
  cached: <T>(load: () => Promise<T>) => { get(): Promise<T> };
  cipher: Pick<Cipher, 'decrypt'>;
  onUnreadable: (agentId: string, error: unknown) => void;
};

/** The registered agents, kept in memory with their secrets decrypted. */
export function createAgents({ load, cached, cipher, onUnreadable }: AgentsDeps): Agents {
  let byId = new Map<string, Agent>();
  const cache = cached(async () => {
    const rows = await load();
    const agents = rows.map((row) => toAgent(row, cipher, onUnreadable));
    byId = new Map(agents.map((agent) => [agent.id, agent]));
    return agents;
  });
  return {
    all: async () => await cache.get(),
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
