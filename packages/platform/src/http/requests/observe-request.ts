import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type AppError, isOutage } from '@calseta/common';
import { runInContext } from '../../telemetry/log-context.js';
import { type Telemetry } from '../../telemetry/telemetry.js';
import { toAppError } from '../answers/problem.js';
import { arrivalOf } from '../server/accept-first.js';
import { httpMetrics } from './http-metrics.js';
import { discardBody, isDiscardable } from './read-body.js';
import { requestContext, type RequestContext } from './request-context.js';
import { sendProblem } from '../answers/send.js';

export type ObserveOptions = {
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  trustedProxyHops: number;
  /** Named in log lines where several services share a process. */
  service?: string;
};

/** One request under observation: its ids, and what its log line is to tell. */
export interface ObservedRequest {
  readonly context: RequestContext;
  /** The template, never the path: paths can hold tokens, and their number has no bound. */
  setRoute(template: string): void;
  setKey(keyId: string): void;
  /** The one alert that the request was about. */
  setAlert(alertId: string): void;
  /** Answers with the problem of an error and remembers it for the log line. */
  fail(error: unknown): void;
  /** Runs work whose log lines carry the request's ids. */
  run<T>(work: () => T): T;
}

const UNMATCHED = 'unmatched';
/** Logged for a client that left before it was answered; never sent. */
const CLIENT_GONE = 499;

/** Gives a request its ids, its one log line and its metrics. */
export function observeRequest(
  req: IncomingMessage,
  res: ServerResponse,
  { telemetry, trustedProxyHops, service }: ObserveOptions,
): ObservedRequest {
  const startedAt = arrivalOf(req);
  const context = requestContext(req, res, { trustedProxyHops });
  const logContext = {
    requestId: context.requestId,
    traceparent: context.traceparent,
    ...(service === undefined ? {} : { service }),
  };
  let route = UNMATCHED;
  let keyId: string | undefined;
  let alertId: string | undefined;
  let failure: AppError | undefined;

  function report(): void {
    const metrics = httpMetrics(telemetry.metrics);
    const log = telemetry.log.within(logContext);
    const method = METHODS.has(req.method ?? '') ? (req.method ?? '') : 'other';
    const durationMs = performance.now() - startedAt;
    const status = res.headersSent ? res.statusCode : CLIENT_GONE;
    metrics.requests.inc({ method, route, status: String(status) });
    metrics.duration.observe({ method, route }, durationMs / 1_000);
    log[status >= 500 ? 'error' : 'info']('http.request', {
      method,
      route,
      status,
      duration_ms: Math.round(durationMs * 10) / 10,
      client_address: context.clientAddress,
      ...(keyId === undefined ? {} : { key_id: keyId }),
      ...(alertId === undefined ? {} : { alert_id: alertId }),
      ...(res.writableFinished ? {} : { aborted: true }),
      ...(failure ? describeFailure(failure, status) : {}),
    });
  }
  if (req.destroyed) report();
  else res.once('close', report);

  return {
    context,
    setRoute: (template) => void (route = template),
    setKey: (id) => void (keyId = id),
    setAlert: (id) => void (alertId = id),
    fail(error) {
      failure = toAppError(error);
      if (failure.code.startsWith('auth.'))
        httpMetrics(telemetry.metrics).authFailures.inc({ code: failure.code });
      if (!req.complete) {
        const isLate = failure.code === 'request.timeout';
        if (isLate || !isDiscardable(req)) res.setHeader('Connection', 'close');
        discardBody(req);
      }
      sendProblem(res, error, context);
    },
    run: (work) => runInContext(logContext, work),
  };
}

/** The one log line and the metrics of a request whose client left before it was served. */
export function reportGone(
  req: IncomingMessage,
  res: ServerResponse,
  { telemetry }: Pick<ObserveOptions, 'telemetry'>,
): void {
  observeRequest(req, res, { telemetry, trustedProxyHops: 0 });
}

/**
 * Serves one request on Node's own objects with the same ids, log line and problems as createApp, but in
 * no asynchronous context: tracking one costs the hot path a sixth of its time.
 */
export function serveRequest(
  req: IncomingMessage,
  res: ServerResponse,
  options: ObserveOptions,
  work: (observed: ObservedRequest) => Promise<void>,
): void {
  const observed = observeRequest(req, res, options);
  work(observed).catch((error: unknown) => observed.fail(error));
}

/** What a defect or an outage was caused by goes into the log, and nowhere else. */
const describeFailure = (failure: AppError, status: number) => ({
  error_code: failure.code,
  ...(status >= 500 ? { error: isOutage(failure) ? failure : (failure.cause ?? failure) } : {}),
});

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
