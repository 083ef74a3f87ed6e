const REVISION = '2026-07-28';
/** What each message says of its sender, in this revision. */
const META = {
  'io.modelcontextprotocol/protocolVersion': REVISION,
  'io.modelcontextprotocol/clientInfo': { name: 'attack', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A message of the Model Context Protocol; what `params` says besides is JSON text, whole or broken. */
export const mcpMessage = (method: string, params = '', name?: string) => ({
  method: 'POST',
  path: '/mcp',
  headers: {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': REVISION,
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  },
  body: `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{"_meta":${JSON.stringify(META)}${params}}}`,
});
