import { waitUntil } from '@calseta/local';
import { type PushRecord, type SinkMethods } from '../tools/sink-tool.js';
import { startTool, type Tool } from '../tools/tool.js';
import { callApi } from './call-api.js';
import { type System } from './start-system.js';

export type Agents = AsyncDisposable & {
  sink: Tool<SinkMethods>;
  url: string;
  paths: string[];
  /** Waits until this number of different alerts has reached every agent; returns the number that did. */
  awaitDelivered: (alerts: number, timeoutMs: number) => Promise<number>;
  /** What each agent received, one list per agent. */
  pushes: () => Promise<PushRecord[][]>;
};

const POLL_MS = 200;

/** Registers agents whose webhooks point to a server in a separate process. */
export async function startAgents(
  system: Pick<System, 'apiUrl' | 'apiKey'>,
  options: { count: number; maxConcurrency: number; timeoutSeconds?: number },
): Promise<Agents> {
  const sink = startTool<SinkMethods>('sink-tool');
  const url = await sink.call('listen', undefined);
  const paths = Array.from({ length: options.count }, (_, index) => `/agent-${index + 1}`);
  for (const path of paths) {
    const { signing_secret: secret } = await callApi<{ signing_secret: string }>(
      system,
      'POST',
      '/v1/agents',
      {
        name: path,
        webhook_url: url + path,
        max_concurrency: options.maxConcurrency,
        ...(options.timeoutSeconds !== undefined && { timeout_seconds: options.timeoutSeconds }),
      },
    );
    await sink.call('expectAgent', { path, secret });
  }
  return {
    sink,
    url,
    paths,
    async awaitDelivered(alerts, timeoutMs) {
      let delivered = 0;
      const isComplete = async () => {
        const { distinct } = await sink.call('counts', undefined);
        delivered = Math.floor(distinct / paths.length);
        return distinct >= alerts * paths.length;
      };
      await waitUntil(isComplete, { timeoutMs, intervalMs: POLL_MS });
      return delivered;
    },
    pushes: async () => await Promise.all(paths.map((path) => sink.call('pushesTo', path))),
    [Symbol.asyncDispose]: async () => await sink[Symbol.asyncDispose](),
  };
}
