import fc from 'fast-check';
import { newUuid } from '@calseta/common';
import { none } from '../../report/goals.js';
import { arbitraryBody, type FuzzedBody } from '../api/arbitrary-body.js';
import { arbitraryOf } from '../api/arbitrary-of-schema.js';
import { type Ids, makeResources } from '../api/make-resources.js';
import { type Operation, readDescription } from '../api/read-description.js';
import { type Door } from '../door.js';
import { forEachOf } from '../for-each-of.js';
import { removeAll } from '../remove-all.js';
import { type ClientAnswer, createClient } from '../wire/create-client.js';

const BODIES = { full: 300, short: 25 };
const CONCURRENCY = 4;
const FROM = '127.66.9.1';
/** A request that takes longer hangs. */
const TIMEOUT_MS = 60_000;
const COLLECTIONS = [
  'agents',
  'context-documents',
  'detection-rules',
  'workflows',
  'indicator-mappings',
];

export const fuzz: Door = {
  name: 'fuzz',
  summary:
    'Every route that takes a body gets bodies made from its schema, whole, broken and replaced in one place',
  async attack({ target, size, seed }) {
    const { operations, schemas } = await readDescription(target.apiUrl);
    const ids = await makeResources(target);
    await using client = createClient(target.apiUrl, FROM, TIMEOUT_MS);
    const odd: string[] = [];
    const statuses: Record<number, number> = {};
    const requests = operations.flatMap((operation) => {
      if (!operation.body || !['POST', 'PATCH', 'PUT'].includes(operation.method)) return [];
      const bodies = arbitraryBody(arbitraryOf(operation.body, schemas));
      return fc
        .sample(bodies, { seed, numRuns: BODIES[size] })
        .map((body) => ({ operation, body }));
    });
    await forEachOf(requests, CONCURRENCY, async ({ operation, body }) => {
      const { method } = operation;
      const path = pathOf(operation, ids);
      const call = { method, path, key: target.apiKey, ...toCall(body) };
      const answer = await client.call(call).catch((error: unknown) => String(error));
      const fault = typeof answer === 'string' ? answer : faultOf(answer);
      if (typeof answer !== 'string') statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (fault !== undefined)
        odd.push(`${method} ${operation.path}: ${fault} for ${body.text.slice(0, 200)}`);
    });
    for (const collection of COLLECTIONS) await removeAll(target, `/v1/${collection}`);
    return {
      goals: [none('answers that are a 5xx, no problem, or none', odd.length, odd)],
      tables: [{ head: ['answer', 'times'], rows: Object.entries(statuses) }],
      notes: [`${requests.length} bodies.`],
    };
  },
};

const toCall = ({ text, contentType }: FuzzedBody) => ({
  body: text,
  headers: { 'content-type': contentType },
});

/** Faults of an answer, whatever the request was. */
function faultOf({ status, headers, text }: ClientAnswer): string | undefined {
  if (status >= 500) return String(status);
  if (status < 400) return undefined;
  if (!String(headers['content-type']).startsWith('application/problem+json'))
    return `${status} of ${String(headers['content-type'])}`;
  const problem = JSON.parse(text) as Record<string, unknown>;
  const isWhole =
    problem['status'] === status &&
    ['type', 'title', 'detail', 'code'].every((field) => typeof problem[field] === 'string');
  return isWhole ? undefined : `${status} with ${text.slice(0, 100)}`;
}

/** With the id of an existing resource, or of none. */
function pathOf({ path }: Operation, ids: Ids): string {
  const collection = path.split('/')[2] ?? '';
  return path.replace(/\{\w+\}/, ids[collection] ?? newUuid()).replace(/\{\w+\}/, newUuid());
}
