import { type TriggerFilter } from '@calseta/common';

/** An agent that alerts can be pushed to. */
export type Agent = {
  id: string;
  name: string;
  webhookUrl: string;
  triggerFilter: TriggerFilter;
  timeoutMs: number;
  maxConcurrency: number;
  isActive: boolean;
  receiveUpdates: boolean;
  /** Undefined when they cannot be decrypted: its deliveries wait. */
  secrets: AgentSecrets | undefined;
};

export type AgentSecrets = {
  authHeader: string | undefined;
  signingKey: Buffer;
  /** Signs as well until its rotation is over. */
  previous: { key: Buffer; expiresAt: Date } | undefined;
};
