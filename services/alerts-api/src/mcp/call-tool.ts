import { isOutage } from '@calseta/common';
import { ERROR_STATUS, type Logger, toAppError } from '@calseta/platform';
import { type CallToolResult } from '@modelcontextprotocol/server';
import { explainFailure } from './answers/explain-failure.js';
import { toToolResult } from './answers/tool-result.js';
import { type McpContext } from './answers/mcp-context.js';
import { type Tool } from './tools/define-tool.js';

export type CallToolOptions = { log: Logger; traceId: string };

/** Runs a tool: its answer, or its failure in words. Nothing that is thrown reaches the client as it is. */
export async function callTool(
  tool: Tool,
  args: unknown,
  context: McpContext,
  { log, traceId }: CallToolOptions,
): Promise<CallToolResult> {
  const startedAt = performance.now();
  const { principal } = context.caller;
  const report = (outcome: string): void =>
    log.info('mcp.tool_called', {
      tool: tool.name,
      key_id: principal.keyId,
      outcome,
      duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
    });
  try {
    const result = toToolResult(await tool.call(args ?? {}, context));
    report('ok');
    return result;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (ERROR_STATUS[error.code] >= 500 && !isOutage(error))
      log.error('mcp.tool_failed', { tool: tool.name, error: error.cause ?? error });
    report(error.code);
    const text = explainFailure(error, { principal, scope: tool.access.scope, traceId });
    return { content: [{ type: 'text', text }], isError: true };
  }
}
