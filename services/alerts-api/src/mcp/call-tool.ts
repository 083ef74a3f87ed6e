import { type AppError, isOutage } from '@calseta/common';
import { ERROR_STATUS, type Logger, toAppError } from '@calseta/platform';
import { type CallToolResult } from '@modelcontextprotocol/server';
import { explainFailure } from './answers/explain-failure.js';
import { toToolResult } from './answers/tool-result.js';
import { type McpContext } from './answers/mcp-context.js';
import { type ObserveToolCall } from './observe-tool-call.js';
import { type Tool } from './tools/define-tool.js';

export type CallToolOptions = { observe: ObserveToolCall; log: Logger; traceId: string };

/** Runs a tool: its answer, or its failure in words. Nothing that is thrown reaches the client as it is. */
export async function callTool(
  tool: Tool,
  args: unknown,
  context: McpContext,
  { observe, log, traceId }: CallToolOptions,
): Promise<CallToolResult> {
  const startedAt = performance.now();
  const { principal } = context.caller;
  const report = (error?: AppError): void =>
    observe({
      tool: tool.name,
      keyId: principal.keyId,
      durationMs: performance.now() - startedAt,
      ...(error && { error }),
    });
  try {
    const result = toToolResult(await tool.call(args ?? {}, context));
    report();
    return result;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (ERROR_STATUS[error.code] >= 500 && !isOutage(error))
      log.error('mcp.tool_failed', { tool: tool.name, error: error.cause ?? error });
    report(error);
    const text = explainFailure(error, { principal, scope: tool.access.scope, traceId });
    return { content: [{ type: 'text', text }], isError: true };
  }
}
