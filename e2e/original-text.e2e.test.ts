import { gzipSync } from 'node:zlib';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type AgentSink,
  configEffective,
  type SinkAgent,
  startAgentSink,
} from './support/agent-sink.js';
import { ADMIN_KEY } from './support/call-api.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

/** Text in any charset reaches agents without hidden characters, and is kept to the byte. */

let pipeline: Pipeline;
let sink: AgentSink;
let agent: SinkAgent;

beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'in-process' });
  sink = await startAgentSink(pipeline.api);
  agent = await sink.register();
  await configEffective();
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

type Result = { alert_uuid: string; status: string };

async function post(
  source: string,
  body: Buffer,
  headers: Record<string, string>,
): Promise<Result[]> {
  const response = await fetch(`${pipeline.url}/v1/ingest/${source}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
    body: Uint8Array.from(body),
  });
  expect(response.status).toBe(202);
  const { data } = (await response.json()) as { data: Result & { results?: Result[] } };
  return data.results ?? [data];
}

async function raw(uuid: string) {
  const response = await fetch(`${pipeline.url}/v1/alerts/${uuid}/raw`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  return {
    bytes: Buffer.from(await response.arrayBuffer()).toString('hex'),
    declared: response.headers.get('x-original-content-type'),
  };
}

async function pushOf(uuid: string) {
  const found = () => agent.pushes().find(({ payload }) => payload.alert.uuid === uuid);
  await eventually(() => expect(found()).toBeDefined());
  return { payload: found()!.payload, body: found()!.request.body };
}

const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each<[string, string | undefined, (text: string) => Buffer]>([
  ['UTF-8', 'application/json', (text) => Buffer.from(text)],
  ['UTF-16 with a mark', 'application/json', (text) => utf16le(`\ufeff${text}`)],
  ['UTF-16, declared', 'application/json; charset=utf-16', utf16le],
  ['ISO-8859-1', 'text/plain; charset=ISO-8859-1', latin1],
  ['undeclared windows-1252', undefined, latin1],
])('an alert in %s is read, and kept as it came', async (name, contentType, encode) => {
  const text = `{ "title": "Caf\xe9 ${name}", "n": 12345678901234567890, "hidden":"a\\u202eb\xad" }`;
  const sent = encode(text);
  const [result] = await post('generic', gzipSync(sent), {
    'content-encoding': 'gzip',
    ...(contentType !== undefined && { 'content-type': contentType }),
  });
  const { payload, body } = await pushOf(result!.alert_uuid);
  expect(payload.alert.title).toBe(`Café ${name}`);
  expect(body).toContain(String.raw`"n":12345678901234567890,"hidden":"a\\u{202e}b\\u{ad}"`);
  expect(payload.alert._metadata.made_visible_count).toBe(2);
  expect(payload.alert.links.raw).toMatch(new RegExp(`/v1/alerts/${result!.alert_uuid}/raw$`));
  expect(await raw(result!.alert_uuid)).toEqual({
    bytes: sent.toString('hex'),
    declared: contentType ?? null,
  });
});

test('each alert of a batch is kept as it came', async () => {
  const lines = ['{"title":"caf\xe9 one"}', '{"title": "caf\xe9 two", "x":"\\u0000"}'];
  const contentType = 'application/x-ndjson; charset=latin1';
  const results = await post('generic', latin1(lines.join('\r\n')), {
    'content-type': contentType,
  });
  expect(results).toHaveLength(2);
  for (const [index, { alert_uuid: uuid }] of results.entries()) {
    expect(await raw(uuid)).toEqual({
      bytes: latin1(lines[index]!).toString('hex'),
      declared: contentType,
    });
  }
});

test('an alert that came alone in an envelope is kept as that envelope', async () => {
  const sent = '{ "records": [ {"title":"Alone","severity":"high","n":1.0} ] }\n';
  const [result] = await post('ms_graph', Buffer.from(sent), {
    'content-type': 'application/json',
  });
  expect((await raw(result!.alert_uuid)).bytes).toBe(Buffer.from(sent.trim()).toString('hex'));
});

test('the same text in another charset is a repeat', async () => {
  const text = '{"title":"Caf\xe9","description":"twice"}';
  const [first] = await post('generic', Buffer.from(text), {});
  const [second] = await post('generic', utf16le(`\ufeff${text}`), {});
  expect(second).toMatchObject({ alert_uuid: first!.alert_uuid, status: 'deduplicated' });
});
