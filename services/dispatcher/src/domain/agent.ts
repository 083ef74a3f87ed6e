import { type CompiledRule, type PayloadSettings, type TriggerFilter } from '@calseta/common';

/** An agent that alerts can be pushed to. */
export type Agent = {
  id: string;
  name: string;
  /** Undefined: the agent pulls, and nothing is pushed to it. */
  webhookUrl: string | undefined;
  triggerFilter: TriggerFilter;
  match?: CompiledRule;
  timeoutMs: number;
  maxConcurrency: number;
  isActive: boolean;
  receiveUpdates: boolean;
  /** Whether it is pushed alerts, and not events alone. */
  receivesAlerts: boolean;
  /** When the agent removes itself. */
  expiresAt: Date | undefined;
  payload: PayloadSettings;
  /** Undefined when they cannot be decrypted: its deliveries wait. */
  secrets: AgentSecrets | undefined;
};

export type AgentWithUrl = Agent & { webhookUrl: string };

export const hasUrl = (agent: Agent): agent is AgentWithUrl => agent.webhookUrl !== undefined;

export type AgentSecrets = {
  authHeader: string | undefined;
  /** Further headers, by name in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Authorities to trust and the client certificate with its key, in PEM; undefined: the usual ones, and none. */
  tls: { ca?: string; certificate?: string; key?: string } | undefined;
  signingKey: Buffer;
  /** Signs as well until its rotation is over. */
  previous: { key: Buffer; expiresAt: Date } | undefined;
};
