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
  telemetry: Telemetry;
  trustedProxyHops: number;
  /** Named in log lines where several services share a process. */
  service?: string;
};

/** An observed request: its ids, and the contents of its log line. */
export interface ObservedRequest {
  readonly context: RequestContext;
  /** The template, never the path: paths may contain tokens and are unlimited in number. */
  setRoute(template: string): void;
  setKey(keyId: string): void;
  /** The single alert of the request. */
  setAlert(alertId: string): void;
  /** Answers with the problem of an error and adds the error to the log line. */
  fail(error: unknown): void;
  /** Runs work whose log lines have the request's ids. */
  run<T>(work: () => T): T;
}

const UNMATCHED = 'unmatched';
/** Logged when a client leaves before its answer; never sent. */
const CLIENT_GONE = 499;

/** Gives a request its ids, one log line and metrics. */
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
    telemetry.trace?.({
      name: `${method} ${route}`,
      kind: 'server',
      traceparent: context.traceparent,
      parent: context.parentTraceparent,
      startedAt: Date.now() - durationMs,
      durationMs,
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        'calseta.request_id': context.requestId,
        'calseta.alert_id': alertId,
      },
      isFailed: status >= 500,
    });
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

/** Reports a request whose client left before it was served: one log line and metrics. */
export function reportGone(
  req: IncomingMessage,
  res: ServerResponse,
  { telemetry }: Pick<ObserveOptions, 'telemetry'>,
): void {
  observeRequest(req, res, { telemetry, trustedProxyHops: 0 });
}

/**
 * Serves one request with Node's own objects and the same ids, log line and problems as createApp, but without an
 * asynchronous context: tracking one costs the hot path a sixth of its time.
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

/** The cause of a defect or an outage is only logged. */
const describeFailure = (failure: AppError, status: number) => ({
  error_code: failure.code,
  ...(status >= 500 ? { error: isOutage(failure) ? failure : (failure.cause ?? failure) } : {}),
});

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
