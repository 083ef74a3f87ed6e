import { setTimeout as delay } from 'node:timers/promises';
import { type Percentiles, percentiles } from './statistics.js';
import { type AlertShape, requestBody } from './alert-bodies.js';
import { type HttpAnswer, HttpConnection } from './http-connection.js';
import { serveTool } from './tool.js';
import { wallClockMs } from './wall-clock.js';

export type LoadPlan = {
  url: string;
  path: string;
  apiKey: string;
  connections: number;
  alerts: AlertShape;
  /** As fast as answers arrive (`closed`), or at a rate that does not wait for them (`open`). */
  pace: { kind: 'closed' } | { kind: 'open'; requestsPerSecond: number };
  /** The load ends at whichever limit is reached first. */
  limit?: { ms?: number; requests?: number };
  /** Repeats a request with its idempotency key until it is accepted, as a SIEM does. */
  insists: boolean;
  /** How long a sender waits for an answer, ms; TIMEOUT_MS by default. */
  timeoutMs?: number;
};

export type LoadResult = {
  seconds: number;
  /** Requests with a 2xx answer. */
  accepted: number;
  /** Number of answers by status; 0: no answer. */
  answers: Record<number, number>;
  /** 429s and 503s without a `Retry-After`. */
  withoutRetryAfter: number;
  /** Time from when a request was due until its answer, ms. */
  latencyMs: Percentiles;
};

/** An acknowledged alert and when its first request was due, wall clock. */
export type SentAlert = { uuid: string; atMs: number };

export type LoadMethods = {
  run(plan: LoadPlan): Promise<LoadResult>;
  /** Starts without waiting; `finish` ends it when this number of requests has been sent. */
  start(plan: LoadPlan): void;
  finish(end: { afterRequests: number }): Promise<LoadResult>;
  /** Acknowledged alerts since the previous call. */
  takeSent(argument: undefined): SentAlert[];
};

const TIMEOUT_MS = 15_000;
const REPEAT_AFTER_MS = 200;
const UUIDS = /"alert_uuid":"([0-9a-f-]{36})"/g;

let sent: SentAlert[] = [];
let maxRequests = 0;
let running: Promise<LoadResult> | undefined;

async function load(plan: LoadPlan): Promise<LoadResult> {
  const startedAt = wallClockMs();
  const endsAt = startedAt + (plan.limit?.ms ?? Number.POSITIVE_INFINITY);
  maxRequests = plan.limit?.requests ?? Number.POSITIVE_INFINITY;
  const answers: Record<number, number> = {};
  let withoutRetryAfter = 0;
  const latencies: number[] = [];
  let next = 0;

  const isOver = () => next >= maxRequests || wallClockMs() >= endsAt;
  const dueAt = (request: number): number =>
    plan.pace.kind === 'open'
      ? startedAt + (request * 1_000) / plan.pace.requestsPerSecond
      : wallClockMs();

  async function attempt(connection: HttpConnection, request: number): Promise<HttpAnswer> {
    const text = httpRequest(plan, request);
    for (;;) {
      const answer = await connection.send(text);
      answers[answer.status] = (answers[answer.status] ?? 0) + 1;
      if (isRefusal(answer) && !answer.hasRetryAfter) withoutRetryAfter += 1;
      if (isAccepted(answer) || !plan.insists) return answer;
      await delay(REPEAT_AFTER_MS);
    }
  }
  async function work(): Promise<void> {
    const connection = new HttpConnection(plan.url, plan.timeoutMs ?? TIMEOUT_MS);
    while (!isOver()) {
      const request = next;
      next += 1;
      const due = dueAt(request);
      const waitMs = due - wallClockMs();
      if (waitMs > 1) await delay(waitMs);
      const answer = await attempt(connection, request);
      if (!isAccepted(answer)) continue;
      latencies.push(wallClockMs() - due);
      for (const [, uuid = ''] of answer.body.matchAll(UUIDS)) sent.push({ uuid, atMs: due });
    }
    connection.close();
  }
  await Promise.all(Array.from({ length: plan.connections }, work));
  return {
    seconds: (wallClockMs() - startedAt) / 1_000,
    accepted: latencies.length,
    answers,
    withoutRetryAfter,
    latencyMs: percentiles(latencies),
  };
}

const isAccepted = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;
const isRefusal = ({ status }: HttpAnswer): boolean => status === 429 || status === 503;

function httpRequest(plan: LoadPlan, request: number): string {
  const body = requestBody(plan.alerts, request);
  const type = plan.alerts.perRequest === 1 ? 'application/json' : 'application/x-ndjson';
  const key = plan.insists ? `Idempotency-Key: ${plan.alerts.run}-${request}\r\n` : '';
  return (
    `POST ${plan.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${plan.apiKey}\r\n` +
    `Content-Type: ${type}\r\n${key}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

serveTool({
  run: load,
  start: (plan) => {
    running = load(plan);
  },
  finish: async ({ afterRequests }) => {
    maxRequests = afterRequests;
    if (!running) throw new Error('No load has been started.');
    return await running;
  },
  takeSent: () => {
    const taken = sent;
    sent = [];
    return taken;
  },
} satisfies LoadMethods);
