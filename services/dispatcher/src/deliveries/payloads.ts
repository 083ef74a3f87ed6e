import { createSingleFlight } from '@calseta/async';
import {
  type AlertContext,
  type CountTokens,
  type Lane,
  type PayloadSettings,
  type RenderedPush,
  renderPush,
  writeAgentName,
} from '@calseta/common';
import { LRUCache } from 'lru-cache';

type AlertRevision = { alertId: string; revision: number; isReplay?: boolean | undefined };
/** The lane decides which alerts it waits for when it has to be loaded. */
export type PushedAlert = AlertRevision & { lane: Lane };
/** What the body of a push depends on besides the alert. */
export type Recipient = { name: string; payload: PayloadSettings };

/**
 * The bodies of pushes as bytes: rendered once for an alert's revision and all agents with the same settings, and for
 * retries soon after.
 */
export interface Payloads {
  /** Renders an alert for the agents that it is about to be pushed to. */
  prepare(
    alert: AlertRevision,
    context: AlertContext,
    recipients: readonly Recipient[],
  ): Promise<void>;
  /** Undefined when the alert is gone. */
  get(alert: PushedAlert, recipient: Recipient): Promise<Uint8Array | undefined>;
  /** Bytes that a body takes at most: its own if it is in memory, else what the agent allows. */
  maxBytesOf(alert: AlertRevision, recipient: Recipient): number;
}

export type PayloadsOptions = {
  /** Holds the alert with its documents and workflows in memory while it is rendered; undefined when it is gone. */
  withContext: <T>(
    alert: PushedAlert,
    render: (context: AlertContext) => Promise<T>,
  ) => Promise<T | undefined>;
  /** Loads the tokenizer when the first budgeted push is rendered. */
  loadTokenCounter: () => Promise<CountTokens>;
  publicUrl: string;
  maxBytes: number;
  /** Older bodies are rendered again from the alert as it is by then. */
  maxAgeMs: number;
};

type Halves = { before: Buffer; after: Buffer };

/** Keeps recent bodies in bounded memory; a body that was dropped is rendered again when needed. */
export function createPayloads(options: PayloadsOptions): Payloads {
  const cache = new LRUCache<string, Halves>({
    maxSize: options.maxBytes,
    sizeCalculation: bytesOf,
    ttl: options.maxAgeMs,
  });
  const rendering = createSingleFlight<string, Halves | undefined>();

  const render = async (context: AlertContext, recipient: Recipient): Promise<Halves> => {
    const { payload: settings, name: agentName } = recipient;
    const { publicUrl } = options;
    const given = { generatedAt: new Date(), publicUrl, settings, agentName };
    if (settings.mode !== 'budgeted') return toHalves(renderPush(context, given));
    const countTokens = await options.loadTokenCounter();
    return toHalves(renderPush(context, { ...given, countTokens }));
  };
  const loadAndRender = async (alert: PushedAlert, recipient: Recipient) => {
    const key = keyOf(alert, recipient);
    const halves = await rendering.run(
      key,
      async () =>
        await options.withContext(alert, async (context) => await render(context, recipient)),
    );
    if (halves) cache.set(key, halves);
    return halves;
  };

  return {
    async prepare(alert, context, recipients) {
      const variants = new Map(recipients.map((one) => [keyOf(alert, one), one]));
      for (const [key, recipient] of variants) cache.set(key, await render(context, recipient));
    },
    async get(alert, recipient) {
      const halves = cache.get(keyOf(alert, recipient)) ?? (await loadAndRender(alert, recipient));
      return halves && toBody(halves, recipient.name);
    },
    maxBytesOf(alert, recipient) {
      const halves = cache.peek(keyOf(alert, recipient));
      if (!halves) return recipient.payload.maxBytes;
      return bytesOf(halves) + Buffer.byteLength(writeAgentName(recipient.name));
    },
  };
}

/** The name of an agent counts in budgeted pushes alone. */
function keyOf(
  { alertId, revision, isReplay = false }: AlertRevision,
  { name, payload }: Recipient,
): string {
  const { mode, maxBytes, maxTokens } = payload;
  const shared = `${alertId}:${revision}:${isReplay}:${mode}:${maxBytes}`;
  return mode === 'budgeted' ? `${shared}:${maxTokens}:${name}` : shared;
}

const toHalves = ({ parts: [before, after] }: RenderedPush): Halves => ({
  before: Buffer.from(before),
  after: Buffer.from(after),
});

const bytesOf = ({ before, after }: Halves): number => before.byteLength + after.byteLength;

const toBody = ({ before, after }: Halves, name: string): Uint8Array =>
  Buffer.concat([before, Buffer.from(writeAgentName(name)), after]);
