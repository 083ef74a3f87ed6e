import { type AppError, isOutage } from '@calseta/common';
import { ERROR_STATUS, type Telemetry } from '@calseta/platform';
import { type Tool } from './tools/define-tool.js';

/** Four words instead of error codes: each tool has a series for each of them. */
const OUTCOMES = ['ok', 'refused', 'unavailable', 'failed'] as const;
type Outcome = (typeof OUTCOMES)[number];

type ObservedToolCall = { tool: string; keyId: string; durationMs: number; error?: AppError };
export type ObserveToolCall = (call: ObservedToolCall) => void;

/** One log line and the metrics of a call. The arguments are not logged. */
export function toolCallObserver(
  { log, metrics }: Pick<Telemetry, 'log' | 'metrics'>,
  tools: readonly Pick<Tool, 'name'>[],
): ObserveToolCall {
  const tool = tools.map(({ name }) => name);
  const calls = metrics.counter('calseta_mcp_calls_total', 'Calls of MCP tools by outcome.', {
    tool,
    outcome: OUTCOMES,
  });
  const duration = metrics.histogram(
    'calseta_mcp_call_duration_seconds',
    'Time of a call of an MCP tool.',
    { tool },
  );
  return ({ tool: name, keyId, durationMs, error }) => {
    calls.inc({ tool: name, outcome: outcomeOf(error) });
    duration.observe({ tool: name }, durationMs / 1_000);
    log.info('mcp.tool_called', {
      tool: name,
      key_id: keyId,
      outcome: error?.code ?? 'ok',
      duration_ms: Math.round(durationMs * 10) / 10,
    });
  };
}

function outcomeOf(error: AppError | undefined): Outcome {
  if (error === undefined) return 'ok';
  if (isOutage(error)) return 'unavailable';
  return ERROR_STATUS[error.code] >= 500 ? 'failed' : 'refused';
}
