import fc from 'fast-check';
import { generateApiKey, parseApiKey } from '@calseta/common';
import { type AnswerChecker, createAnswerChecker } from '@calseta/testing/openapi';
import { all, none } from '../../report/goals.js';
import { callApi } from '../../system/call-api.js';
import { arbitraryRequest, type DrawnRequest, type Holder } from '../api/arbitrary-request.js';
import { createKnownRows, identifyingFields, type KnownRows, learnAll } from '../api/known-rows.js';
import { makeRows } from '../api/make-rows.js';
import { type Description, readDescription } from '../api/read-description.js';
import { toCall } from '../api/to-call.js';
import { type Door } from '../door.js';
import { forEachOf } from '../for-each-of.js';
import { removeAll } from '../remove-all.js';
import { type Target } from '../target/start-target.js';
import { type Client, type ClientAnswer, createClient } from '../wire/create-client.js';

const REQUESTS = { full: 20_000, short: 400 };
const CONCURRENCY = 8;
const FROM = '127.66.10.1';
/** A request that takes longer hangs. */
const TIMEOUT_MS = 60_000;
/** Requests after which the rows are counted out anew, and those that would slow everything are removed. */
const ROUND = 1_000;
/** Every alert passes all of these. */
const REMOVED = ['agents', 'indicator-mappings', 'context-documents', 'workflows', 'mutes'];
const MAX_LOGGED = 1_500;
const MAX_DEFECTS = 20;
/** The source of the alerts that are made; it is not deleted. */
const KEPT_SOURCE = 'generic';
/** Answers to methods that a path does not have. */
const OTHER_METHOD = [
  'route.method_not_allowed',
  'request.malformed',
  'request.headers_too_large',
  // A URL token is judged first, because senders probe it with other methods.
  'auth.invalid',
  'auth.rate_limited',
];

export const conformance: Door = {
  name: 'conformance',
  summary:
    'Requests drawn from /openapi.json, valid, nearly valid and hostile, each answered as it declares',
  async attack({ target, size, seed }) {
    const description = await readDescription(target.apiUrl);
    const requests = draw(description, REQUESTS[size], seed);
    const rows = createKnownRows(
      identifyingFields(description.operations.map(({ path }) => path)),
      [parseApiKey(target.apiKey)?.id ?? '', KEPT_SOURCE],
    );
    const keys = await makeKeys(target);
    const run: Run = {
      checker: createAnswerChecker(description.document),
      rows,
      keys,
      statuses: new Map(),
      succeeded: new Set(),
      failures: new Map(),
      faults: new Map(),
    };
    const place = await target.logEnd();
    await using client = createClient(target.apiUrl, FROM, TIMEOUT_MS);
    for (let start = 0; start < requests.length; start += ROUND) {
      await renew(target, description, rows).catch((error: unknown) => {
        run.failures.set(`rows that could not be made: ${String(error)}`, ['']);
      });
      await sendAll(requests.slice(start, start + ROUND), client, run);
    }
    for (const collection of REMOVED) await removeAll(target, `/v1/${collection}`);
    const findings = judge(run, description, requests.length);
    return { ...findings, notes: [...findings.notes, ...(await readDefects(target, place))] };
  },
};

/** Requests by what is wrong with their answers. */
type Faults = Map<string, string[]>;

/** What the services logged about each kind of 5xx. */
async function readDefects(target: Target, place: number): Promise<string[]> {
  const lines = await target.logFrom(place);
  const told = lines
    .filter(({ level }) => level === 'error')
    .map(({ event, error }) => `Logged: ${event} ${JSON.stringify(error).slice(0, MAX_LOGGED)}`);
  return [...new Set(told)].slice(0, MAX_DEFECTS);
}

type Run = {
  checker: AnswerChecker;
  rows: KnownRows;
  keys: Readonly<Record<Holder, string | undefined>>;
  statuses: Map<number, number>;
  /** Routes that answered with a 2xx. */
  succeeded: Set<string>;
  /** 5xx, and no answer. */
  failures: Faults;
  /** What differs from the declaration. */
  faults: Faults;
};

/** The same number of each route, one after another, so that what one makes the next can read. */
function draw(description: Description, count: number, seed: number): DrawnRequest[] {
  const { operations } = description;
  const numRuns = Math.ceil(count / operations.length);
  const drawn = operations.map((operation, index) =>
    fc.sample(arbitraryRequest(operation, description), { seed: seed + index, numRuns }),
  );
  return Array.from({ length: numRuns }, (_, index) =>
    drawn.flatMap((ofRoute) => ofRoute[index] ?? []),
  )
    .flat()
    .slice(0, count);
}

async function makeKeys(target: Target): Promise<Run['keys']> {
  const { key: reader } = await callApi<{ key: string }>(target, 'POST', '/v1/api-keys', {
    name: 'reads',
    scopes: ['alerts:read'],
  });
  return { admin: target.apiKey, reader, stranger: generateApiKey().key, nobody: undefined };
}

async function renew(target: Target, { operations }: Description, rows: KnownRows): Promise<void> {
  for (const collection of REMOVED) await removeAll(target, `/v1/${collection}`);
  await makeRows(target);
  const lists = operations.filter(
    ({ method, path, parameters }) =>
      method === 'GET' &&
      !path.includes('{') &&
      parameters.some(({ name }) => name === 'page_size'),
  );
  await learnAll(target, rows, lists.map(({ path }) => path)); // prettier-ignore
}

async function sendAll(requests: readonly DrawnRequest[], client: Client, run: Run): Promise<void> {
  await forEachOf(requests, CONCURRENCY, async (request) => await send(request, client, run));
}

async function send(request: DrawnRequest, client: Client, run: Run): Promise<void> {
  const { operation, method } = request;
  const call = toCall(request, run.rows, run.keys[request.holder]);
  const answer = await client.call(call).catch((error: unknown) => String(error));
  const tell = (faults: Faults, fault: string): void => {
    const told = `${call.path.slice(0, 200)} ${textOf(call.body).slice(0, 300)}`;
    const kind = `${method} ${operation.path}: ${fault.slice(0, 160)}`;
    faults.set(kind, [...(faults.get(kind) ?? []), told]);
  };
  if (typeof answer === 'string') {
    tell(run.failures, answer);
    return;
  }
  const { status, text } = answer;
  run.statuses.set(status, (run.statuses.get(status) ?? 0) + 1);
  if (status >= 500) tell(run.failures, String(status));
  const fault = faultOf(request, answer, run.checker);
  if (fault !== undefined) tell(run.faults, fault);
  if (status >= 300 || method !== operation.method) return;
  run.succeeded.add(`${method} ${operation.path}`);
  if (text.startsWith('{')) run.rows.learn(call.path.split('?')[0] ?? '', dataOf(text));
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : '');

const dataOf = (text: string): unknown => (JSON.parse(text) as { data?: unknown }).data;

function faultOf(
  { operation: { path }, method }: DrawnRequest,
  { status, headers, text }: ClientAnswer,
  checker: AnswerChecker,
): string | undefined {
  const contentType = headers['content-type'] as string | undefined;
  const answer = { status, contentType, text, isHead: method === 'HEAD' };
  const isAllowTold = headers['allow'] !== undefined;
  if (method === 'OPTIONS' && status === 204 && isAllowTold) return undefined;
  if (status === 405 && !isAllowTold) return '405 without Allow';
  return checker.isDeclared(method, path)
    ? checker.faultOf(method, path, answer)
    : checker.faultOfProblem(answer, OTHER_METHOD);
}

const timesOf = (faults: Faults): number =>
  [...faults.values()].reduce((sum, { length }) => sum + length, 0);

const tableOf = (faults: Faults) => ({
  head: ['what is wrong', 'times', 'for example'],
  rows: [...faults].map(([kind, requests]) => [kind, requests.length, requests[0] ?? '']),
});

function judge(run: Run, { operations }: Description, count: number) {
  const { failures, faults, succeeded, statuses } = run;
  const never = operations
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !succeeded.has(route));
  const answered = [...statuses.values()].reduce((sum, times) => sum + times, 0);
  return {
    goals: [
      all('requests that were answered', answered, count),
      none('answers that are a 5xx, or none', timesOf(failures), [...failures.keys()]),
      none('answers that are not as the route declares', timesOf(faults), [...faults.keys()]),
    ],
    tables: [
      { head: ['answer', 'times'], rows: [...statuses].sort(([a], [b]) => a - b) },
      ...[failures, faults].filter(({ size }) => size > 0).map(tableOf),
    ],
    notes: [
      `${operations.length - never.length} of ${operations.length} routes succeeded at least once; not: ${never.join(', ') || 'none'}.`,
    ],
  };
}
