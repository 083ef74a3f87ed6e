import { Client as ClientV2, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type TestAlertsApi } from './start-alerts-api.js';

export type ToolAnswer = {
  isError: boolean;
  text: string;
  data: Record<string, unknown>;
};

/** What the tests use of a client, whatever its version. */
export interface McpClient extends AsyncDisposable {
  readonly protocolVersion: string | undefined;
  listTools(): Promise<{ name: string; annotations?: unknown; inputSchema: unknown }[]>;
  call(name: string, args?: Record<string, unknown>): Promise<ToolAnswer>;
  listResources(): Promise<{ uri: string; title?: string | undefined }[]>;
  readResource(uri: string): Promise<string>;
}

const NAME = { name: 'a client of the tests', version: '1.0.0' };
const urlOf = ({ url }: Pick<TestAlertsApi, 'url'>) => new URL('/mcp', url);
const withKey = (key: string) => ({
  requestInit: { headers: { authorization: `Bearer ${key}` } },
});

/** The client of the SDK's second generation: `auto` speaks the revision of 2026, `legacy` those before. */
export async function connectV2(
  api: Pick<TestAlertsApi, 'url'>,
  key: string,
  mode: 'auto' | 'legacy',
): Promise<McpClient> {
  const client = new ClientV2(NAME, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(urlOf(api), withKey(key)));
  return {
    protocolVersion: client.getNegotiatedProtocolVersion(),
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args = {}) => toAnswer(await client.callTool({ name, arguments: args })),
    listResources: async () => (await client.listResources()).resources,
    readResource: async (uri) => textOf(await client.readResource({ uri })),
    [Symbol.asyncDispose]: async () => await client.close(),
  };
}

/** The client of the SDK's first generation, on which half of the agents stand. */
export async function connectV1(api: Pick<TestAlertsApi, 'url'>, key: string): Promise<McpClient> {
  const client = new ClientV1(NAME);
  const transport = new TransportV1(urlOf(api), withKey(key));
  await client.connect(transport);
  return {
    protocolVersion: transport.protocolVersion,
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args = {}) => toAnswer(await client.callTool({ name, arguments: args })),
    async listResources() {
      const all = [];
      let cursor: string | undefined;
      do {
        const page = await client.listResources(cursor === undefined ? {} : { cursor });
        all.push(...page.resources);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return all;
    },
    readResource: async (uri) => textOf(await client.readResource({ uri })),
    [Symbol.asyncDispose]: async () => await client.close(),
  };
}

const toAnswer = (result: Record<string, unknown>): ToolAnswer => {
  const [first] = result['content'] as { text: string }[];
  return {
    isError: result['isError'] === true,
    text: first?.text ?? '',
    data: (result['structuredContent'] ?? {}) as Record<string, unknown>,
  };
};

const textOf = ({ contents }: { contents: unknown[] }): string =>
  (contents[0] as { text: string }).text;
