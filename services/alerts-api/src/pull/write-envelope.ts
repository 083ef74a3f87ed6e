import { type Versioned } from '@calseta/async';
import {
  bodyFor,
  childTraceparent,
  completeContext,
  type CountTokens,
  type Knowledge,
  type PulledDelivery,
  renderEvent,
  renderPush,
  sign,
  webhookIdOf,
} from '@calseta/common';
import {
  type ClaimedDelivery,
  type DispatchAgent,
  type DispatchStore,
  type StoredAlertContext,
} from '@calseta/database';

export type EnvelopeDeps = {
  store: Pick<DispatchStore, 'withContext'>;
  knowledge: Versioned<Knowledge>;
  /** Key bytes of an encrypted signing secret. */
  decryptSigningKey: (encrypted: string) => Uint8Array;
  /** Loads the tokenizer when the first budgeted push is rendered. */
  loadTokenCounter: () => Promise<CountTokens>;
  publicUrl: string;
};

/** Writes a claimed delivery as its agent gets it: signed at this moment. Undefined when the alert is gone. */
export type WriteEnvelope = (
  delivery: ClaimedDelivery,
  agent: DispatchAgent,
) => Promise<PulledDelivery | undefined>;

export function envelopeWriter(deps: EnvelopeDeps): WriteEnvelope {
  async function render(
    { alertId, event, revision, isReplay }: ClaimedDelivery,
    { name: agentName, payload: settings }: DispatchAgent,
  ): Promise<string | undefined> {
    if (event) return renderEvent(event, deps.publicUrl);
    if (alertId === undefined) return undefined;
    return await deps.store.withContext(alertId, async (stored) => {
      const knowledge = await deps.knowledge.at(stored.configVersion);
      const context = {
        ...completeContext(asOf(revision, stored), knowledge),
        ...(isReplay && { marks: { replay: true as const } }),
      };
      const options = { generatedAt: new Date(), publicUrl: deps.publicUrl, settings, agentName };
      const rendered =
        settings.mode === 'budgeted'
          ? renderPush(context, { ...options, countTokens: await deps.loadTokenCounter() })
          : renderPush(context, options);
      return bodyFor(rendered, agentName);
    });
  }

  return async function writeEnvelope(delivery, agent) {
    const body = await render(delivery, agent);
    if (body === undefined) return undefined;
    const webhookId = webhookIdOf(delivery.id);
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const keys = signingSecretsOf(agent, new Date()).map(deps.decryptSigningKey);
    return {
      lease_id: `${delivery.id}.${delivery.leaseToken}`,
      webhook_id: webhookId,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'webhook-id': webhookId,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': sign({ webhookId, timestampSeconds, body }, keys),
        traceparent: childTraceparent(delivery.traceparent),
      },
      body,
    };
  };
}

/** What a later revision changed is no news of an earlier one. */
function asOf(revision: number, { update, ...context }: StoredAlertContext): StoredAlertContext {
  return update && context.revision === revision ? { ...context, update } : context;
}

/** Two while a secret rotates. */
function signingSecretsOf(agent: DispatchAgent, now: Date): string[] {
  const { signingSecretEncrypted: current, previousSecretEncrypted: previous } = agent;
  const { previousSecretExpiresAt: expiresAt } = agent;
  const isRotating = previous !== undefined && expiresAt !== undefined && expiresAt > now;
  return isRotating ? [current, previous] : [current];
}
