import { createVersioned } from '@calseta/async';
import { isPresent } from '@calseta/common';
import { type DispatchAgent, type DispatchStore } from '@calseta/database';
import { type Cipher, decodeSigningSecret, type Logger } from '@calseta/platform';
import { type Agent, type AgentSecrets } from '../domain/agent.js';

export interface Agents {
  /** All agents, as of that version of the configuration or a later one. */
  at(version: bigint): Promise<Agent[]>;
  /** All agents, as of now. */
  current(): Promise<Agent[]>;
  /** As of the last call for all agents. */
  find(agentId: string): Agent | undefined;
  /** Read from Postgres, past the cache. */
  read(agentId: string): Promise<Agent | undefined>;
}

export type AgentsDeps = {
  store: Pick<DispatchStore, 'loadAgents' | 'findAgent' | 'readConfigVersion'>;
  cipher: Pick<Cipher, 'decrypt'>;
  log: Pick<Logger, 'error'>;
};

/** The registered agents, kept in memory with their secrets decrypted. */
export function createAgents({ store, cipher, log }: AgentsDeps): Agents {
  let byId = new Map<string, Agent>();
  const versioned = createVersioned({
    readVersion: store.readConfigVersion,
    load: async () => {
      const agents = (await store.loadAgents()).map(toAgent);
      byId = new Map(agents.map((agent) => [agent.id, agent]));
      return agents;
    },
  });

  function toAgent(row: DispatchAgent): Agent {
    return {
      id: row.id,
      name: row.name,
      webhookUrl: row.webhookUrl,
      triggerFilter: row.triggerFilter,
      ...(row.match && { match: row.match }),
      timeoutMs: row.timeoutSeconds * 1_000,
      maxConcurrency: row.maxConcurrency,
      isActive: row.isActive,
      receiveUpdates: row.receiveUpdates,
      receivesAlerts: row.receivesAlerts,
      expiresAt: row.expiresAt,
      payload: row.payload,
      secrets: secretsOf(row),
    };
  }

  function secretsOf(row: DispatchAgent): AgentSecrets | undefined {
    try {
      return decryptSecrets(row, cipher);
    } catch (error) {
      log.error('agent.secrets_unreadable', { agent_id: row.id, error });
      return undefined;
    }
  }

  const at = async (version: bigint) => (await versioned.at(version)).filter(isHere);
  return {
    at,
    current: async () => await at(await store.readConfigVersion()),
    find: (agentId) => hereOnly(byId.get(agentId)),
    async read(agentId) {
      const row = await store.findAgent(agentId);
      return row && hereOnly(toAgent(row));
    },
  };
}

const isHere = (agent: Agent): boolean => isPresent(agent, new Date());
const hereOnly = (agent: Agent | undefined) => (agent && isHere(agent) ? agent : undefined);

function decryptTls(
  { tls: { keyEncrypted, ...shown } }: DispatchAgent,
  cipher: Pick<Cipher, 'decrypt'>,
): AgentSecrets['tls'] {
  const tls = {
    ...shown,
    ...(keyEncrypted !== undefined && { key: cipher.decrypt(keyEncrypted) }),
  };
  return Object.keys(tls).length === 0 ? undefined : tls;
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
    headers: Object.fromEntries(
      Object.entries(row.headersEncrypted).map(([name, value]) => [name, cipher.decrypt(value)]),
    ),
    tls: decryptTls(row, cipher),
    signingKey: keyOf(row.signingSecretEncrypted),
    previous:
      previousSecretEncrypted !== undefined && previousSecretExpiresAt !== undefined
        ? { key: keyOf(previousSecretEncrypted), expiresAt: previousSecretExpiresAt }
        : undefined,
  };
}
