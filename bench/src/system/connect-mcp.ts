import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type System } from './start-system.js';

/** An MCP client of the SDK, with the key of an admin. */
export type McpCaller = AsyncDisposable & {
  /** Text and JSON of a tool's answer; rejects when it is an error. */
  call: (
    tool: string,
    args: Record<string, unknown>,
  ) => Promise<{ text: string; data: Record<string, unknown> }>;
};

export async function connectMcp({
  apiUrl,
  apiKey,
}: Pick<System, 'apiUrl' | 'apiKey'>): Promise<McpCaller> {
  const client = new Client(
    { name: 'bench', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  const requestInit = { headers: { authorization: `Bearer ${apiKey}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', apiUrl), { requestInit }));
  return {
    async call(name, args) {
      const answer = await client.callTool({ name, arguments: args });
      const [first] = answer.content;
      const text = first?.type === 'text' ? first.text : '';
      if (answer.isError === true) throw new Error(`${name} ${JSON.stringify(args)}: ${text}`);
      return { text, data: answer.structuredContent as Record<string, unknown> };
    },
    [Symbol.asyncDispose]: async () => await client.close(),
  };
}
