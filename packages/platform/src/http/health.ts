import { type IncomingMessage, type ServerResponse } from 'node:http';
import { withDeadline } from '@calseta/async';
import { VERSION } from '@calseta/common';
import { describeSchema, type SchemaSource } from './schema-source.js';
import { type ReadinessChecks } from './service-instance.js';
import { type Telemetry } from '../telemetry/telemetry.js';
import { sendJson, sendProblem, sendText } from './answers/send.js';

export type HealthOptions = {
  readiness: ReadinessChecks;
  schema?: SchemaSource | undefined;
  telemetry: Pick<Telemetry, 'metrics'>;
  isDraining: () => boolean;
};

/** A check that takes longer counts as failed. */
const CHECK_TIMEOUT_MS = 2_000;

/** Answers `/livez`, `/readyz` and `/metrics`; false for any other request. */
export function answerHealth(
  req: IncomingMessage,
  res: ServerResponse,
  options: HealthOptions,
): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  switch (req.url?.split('?', 1)[0]) {
    case '/livez':
      sendJson(res, 200, { status: 'ok' });
      return true;
    case '/readyz':
      void answerReadiness(res, options);
      return true;
    case '/metrics':
      void answerMetrics(res, options);
      return true;
    default:
      return false;
  }
}

async function answerReadiness(res: ServerResponse, options: HealthOptions): Promise<void> {
  const [results, schema] = await Promise.all([
    Promise.all(
      Object.entries(options.readiness).map(
        async ([name, check]) => [name, (await passes(check)) ? 'ok' : 'failed'] as const,
      ),
    ),
    options.schema && describeSchema(options.schema, CHECK_TIMEOUT_MS),
  ]);
  if (options.schema) results.push(['schema', schema?.missing.length === 0 ? 'ok' : 'failed']);
  const isReady = !options.isDraining() && results.every(([, result]) => result === 'ok');
  sendJson(
    res,
    isReady ? 200 : 503,
    {
      status: options.isDraining() ? 'draining' : isReady ? 'ok' : 'failed',
      version: VERSION,
      ...(schema && { schema }),
      checks: Object.fromEntries(results),
    },
    isReady ? {} : { 'Retry-After': '1' },
  );
}

/** A check that throws has failed; its owner logs the reason. */
async function passes(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await withDeadline(Promise.resolve().then(check), CHECK_TIMEOUT_MS, () => false);
  } catch {
    return false;
  }
}

async function answerMetrics(res: ServerResponse, { telemetry }: HealthOptions): Promise<void> {
  const { registry } = telemetry.metrics;
  try {
    sendText(res, 200, registry.contentType, await registry.metrics());
  } catch (error) {
    sendProblem(res, error);
  }
}
