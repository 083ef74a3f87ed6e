import { ERROR_CODES } from '@calseta/common';
import { type Metrics, OPEN } from '../../telemetry/metrics.js';
import { CONNECTION_BOUNDS } from '../server/bounded-server.js';

export type HttpMetrics = ReturnType<typeof declare>;

/** Statuses that any route may return and that should alert an operator. */
const FAILURES = [500, 503];

const declaredIn = new WeakMap<Metrics, HttpMetrics>();

/** HTTP metrics of a process. */
export function httpMetrics(metrics: Metrics): HttpMetrics {
  const declared = declaredIn.get(metrics) ?? declare(metrics);
  declaredIn.set(metrics, declared);
  return declared;
}

/**
 * Starts the counters of a route's declared answers and of failures at 0. Other statuses start with their first answer.
 */
export function expectRoute(
  metrics: Metrics,
  { method, path, statuses }: { method: string; path: string; statuses: readonly number[] },
): void {
  httpMetrics(metrics);
  const status = [...new Set([...statuses, ...FAILURES])].map(String);
  countRequests(metrics, { method: [method], route: [path], status });
}

function declare(metrics: Metrics) {
  const code = Object.keys(ERROR_CODES).filter((one) => one.startsWith('auth.'));
  return {
    requests: countRequests(metrics, { method: OPEN, route: OPEN, status: OPEN }),
    duration: metrics.histogram(
      'calseta_http_request_duration_seconds',
      'Time from the request to the end of the answer.',
      { method: OPEN, route: OPEN },
    ),
    connectionsCut: metrics.counter(
      'calseta_http_connections_cut_total',
      'Connections that were cut because a bound of what clients may make the server hold was reached.',
      { bound: CONNECTION_BOUNDS },
    ),
    unreadBytes: metrics.gauge(
      'calseta_http_unread_bytes',
      'Bytes of answers that clients have not read.',
      [],
    ),
    waitingRequests: metrics.gauge(
      'calseta_http_waiting_requests',
      'Requests that wait behind another one of their connection.',
      [],
    ),
    authFailures: metrics.counter('calseta_auth_failures_total', 'Authentications refused.', {
      code,
    }),
  };
}

const countRequests = (
  metrics: Metrics,
  labels: Record<'method' | 'route' | 'status', readonly string[]>,
) => metrics.counter('calseta_http_requests_total', 'HTTP requests answered.', labels);
