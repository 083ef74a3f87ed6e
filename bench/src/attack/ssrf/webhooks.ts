import { type Target } from '../target/start-target.js';
import { type Client, createClient } from '../wire/create-client.js';

/** Registers, tests and changes agents with a key that allows it. */
export type Webhooks = AsyncDisposable & {
  /** The answer's status, how long it took, and the agent's id when there is one. */
  register: (url: string) => Promise<{ status: number; durationMs: number; uuid?: string }>;
  /** Result of one push: `delivered`, `blocked`, … */
  push: (uuid: string) => Promise<string>;
  move: (uuid: string, url: string) => Promise<number>;
  remove: (uuid: string) => Promise<void>;
};

const FROM = '127.66.10.1';
/** Matches no alert: only test pushes reach the agents of these attacks. */
const NO_ALERTS = { source_names: ['no-such-source'] };

export function createWebhooks({ apiUrl, apiKey: key }: Target): Webhooks {
  const client: Client = createClient(apiUrl, FROM);
  return {
    async register(webhookUrl) {
      const body = {
        name: webhookUrl.slice(0, 100),
        webhook_url: webhookUrl,
        trigger_filter: NO_ALERTS,
      };
      const { status, durationMs, text } = await client.call({
        method: 'POST',
        path: '/v1/agents',
        key,
        body,
      });
      const uuid =
        status === 201 ? (JSON.parse(text) as { data: { uuid: string } }).data.uuid : undefined;
      return { status, durationMs, ...(uuid !== undefined && { uuid }) };
    },
    async push(uuid) {
      const { status, text } = await client.call({
        method: 'POST',
        path: `/v1/agents/${uuid}/test`,
        key,
      });
      if (status !== 200) return String(status);
      return (JSON.parse(text) as { data: { outcome: string } }).data.outcome;
    },
    async move(uuid, webhookUrl) {
      const body = { webhook_url: webhookUrl };
      return (await client.call({ method: 'PATCH', path: `/v1/agents/${uuid}`, key, body })).status;
    },
    async remove(uuid) {
      await client.call({ method: 'DELETE', path: `/v1/agents/${uuid}`, key });
    },
    [Symbol.asyncDispose]: async () => await client[Symbol.asyncDispose](),
  };
}
