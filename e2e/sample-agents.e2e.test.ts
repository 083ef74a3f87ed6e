import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newUuid } from '@calseta/common';
import { findFreePort } from '@calseta/local';
import { eventually } from '@calseta/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { configEffective } from './support/agent-sink.js';
import { type Pipeline, startPipeline } from './support/start-pipeline.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const LANGUAGES = [
  { name: 'TypeScript', run: describe, prepare: compileTypeScript },
  {
    name: hasPython ? 'Python' : 'Python: skipped, for there is no python3 on this machine',
    run: hasPython ? describe : describe.skip,
    prepare: async () => ['python3', join(ROOT, 'examples/agent-python/agent.py')],
  },
];

/** Checks its types as well; `node agent.ts` needs a newer Node than these tests. */
async function compileTypeScript(directory: string): Promise<string[]> {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const project = join(ROOT, 'examples/agent-typescript');
  const options = ['-p', project, '--noEmit', 'false', '--outDir', directory];
  await promisify(execFile)(process.execPath, [tsc, ...options]);
  const script = join(directory, 'agent.mjs');
  await promisify(execFile)('mv', [join(directory, 'agent.js'), script]);
  return [process.execPath, script];
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ transport: 'in-process' });
});
afterAll(async () => await pipeline[Symbol.asyncDispose]());

type Created = { uuid: string; signing_secret: string };
type Finding = { summary: string; agent_name?: string; classification?: string };

for (const { name: language, run, prepare } of LANGUAGES) {
  run(`the sample agent in ${language}`, () => {
    let directory: string;
    let command: string[];
    let url: string;
    let agent: Created;
    let apiKey: string;
    let running: ChildProcess | undefined;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'sample-agent-'));
      command = await prepare(directory);
    });
    afterAll(async () => await rm(directory, { recursive: true }));

    beforeEach(async () => {
      url = `http://127.0.0.1:${await findFreePort()}`;
      const webhookUrl = `${url}/webhook`;
      agent = await pipeline.api.ask('POST', '/v1/agents', {
        name: `Sample in ${language}`,
        webhook_url: webhookUrl,
      });
      const made = await pipeline.api.ask<{ key: string }>('POST', '/v1/api-keys', {
        name: 'sample',
        agent_uuid: agent.uuid,
        allowed_sources: [],
        scopes: [
          ...['alerts:read', 'findings:write', 'alerts:triage'],
          ...['workflows:read', 'workflows:execute'],
        ],
      });
      apiKey = made.key;
    });
    afterEach(async () => {
      await stop();
      await pipeline.api.ask('DELETE', `/v1/agents/${agent.uuid}`);
    });

    /** Returns what the agent prints, as it grows. */
    async function start(env: NodeJS.ProcessEnv = {}): Promise<() => string> {
      const [program = '', ...rest] = command;
      const child = spawn(program, rest, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          PATH: process.env['PATH'],
          CALSETA_URL: pipeline.url,
          CALSETA_API_KEY: apiKey,
          CALSETA_SIGNING_SECRET: agent.signing_secret,
          PORT: new URL(url).port,
          INBOX_DIR: join(directory, agent.uuid),
          ...env,
        },
      });
      running = child;
      const said: string[] = [];
      child.stdout.on('data', (chunk) => said.push(String(chunk)));
      await eventually(() => expect(said.join('')).toContain('listening on'), {
        timeoutMs: 20_000,
      });
      return () => said.join('');
    }

    async function stop(): Promise<void> {
      if (!running) return;
      const exited = once(running, 'exit');
      running.kill('SIGKILL');
      await exited;
      running = undefined;
    }

    const ingest = async (title: string): Promise<string> => {
      const body = { title, indicators: [{ type: 'ip', value: '203.0.113.7' }] };
      const { alert_uuid: uuid } = await pipeline.api.ask<{ alert_uuid: string }>(
        'POST',
        '/v1/ingest/generic',
        body,
      );
      return uuid;
    };
    const findingsOf = async (uuid: string) =>
      await pipeline.api.ask<Finding[]>('GET', `/v1/alerts/${uuid}/findings`);
    const statusOf = async (uuid: string) =>
      (await pipeline.api.ask<{ status: string }>('GET', `/v1/alerts/${uuid}`)).status;
    const post = async (body: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/webhook`, { method: 'POST', body, headers })).status;
    const signedHeaders = (body: string, { id = `msg_${newUuid()}`, at = new Date() } = {}) => ({
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(agent.signing_secret).sign(id, at, body),
    });
    /** Spaces, escapes, a number beyond 2^53 and text beyond ASCII: a parser loses some of it. */
    const awkwardPush = (uuid: string) =>
      `{ "event":"alert.enriched",  "alert" : {"uuid":"${uuid}", "status":"Open", "n": 9007199254740993,` +
      ' "title":"caf\\u00e9 – ünïcode"}, "indicators" : [ {"value":"203.0.113.7","malice":"Malicious"} ] }';

    test('posts a finding about a pushed alert, under its name, and moves the status', async () => {
      await start();
      await configEffective();
      const uuid = await ingest(`Pushed to the sample in ${language}`);
      await eventually(async () => expect(await statusOf(uuid)).toBe('Triaging'), {
        timeoutMs: 20_000,
      });
      expect(await findingsOf(uuid)).toMatchObject([
        { agent_name: `Sample in ${language}`, classification: 'inconclusive' },
      ]);
    });

    test('passes its own test, and leaves a finding and a status', async () => {
      await start();
      const tested = await pipeline.api.ask<{ outcome: string; alert_uuid: string }>(
        'POST',
        `/v1/agents/${agent.uuid}/test`,
      );
      expect(tested).toMatchObject({ outcome: 'delivered' });
      await eventually(async () => expect(await statusOf(tested.alert_uuid)).toBe('Triaging'), {
        timeoutMs: 20_000,
      });
      expect(await findingsOf(tested.alert_uuid)).toMatchObject([
        { agent_name: `Sample in ${language}` },
      ]);
    });

    test('asks for a workflow, waits while a person decides, and tells how the run ends', async () => {
      const hits: unknown[] = [];
      const door = createServer((request, response) => {
        hits.push(request.url);
        response.end('{}');
      });
      door.listen(0, '127.0.0.1');
      door.unref();
      await once(door, 'listening');
      const name = `Close the door in ${language}`;
      const workflow = await pipeline.api.ask<{ uuid: string }>('POST', '/v1/workflows', {
        name,
        documentation: 'Closes the door.',
        approval_mode: 'agent_only',
        risk_level: 'low',
        base_url: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
        steps: [
          {
            name: 'close',
            method: 'POST',
            url: '/close/{{ indicator.value }}',
            json: { why: '{{ reason }}' },
          },
        ],
      });
      const said = await start({ WORKFLOW: name });
      const uuid = await ingest(`Pushed to the sample in ${language} with a workflow`);
      const push = JSON.stringify({
        event: 'alert.enriched',
        alert: { uuid, status: 'Open' },
        indicators: [{ type: 'ip', value: '203.0.113.7', malice: 'Malicious' }],
        workflows: [{ uuid: workflow.uuid, name, is_executable: true }],
      });
      expect(await post(push, signedHeaders(push))).toBe(204);

      const approvals = await pipeline.api.ask<{ uuid: string; run_uuid: string }[]>(
        'GET',
        '/v1/workflow-approvals?status=pending&wait_seconds=20',
      );
      expect({ approvals, hits, said: said() }).toMatchObject({
        approvals: [{ workflow_name: name }],
        hits: [],
      });
      const { uuid: approval = '', run_uuid: run = '' } = approvals[0] ?? {};
      await pipeline.api.ask('POST', `/v1/workflow-approvals/${approval}/approve`, {
        reason: 'The badge is stolen.',
      });
      await eventually(() => expect(said()).toContain(`run ${run}: succeeded`), {
        timeoutMs: 30_000,
      });
      expect(hits).toEqual(['/close/203.0.113.7']);
    });

    test('does the work of a webhook-id once', async () => {
      await start();
      const uuid = await ingest(`Pushed twice to the sample in ${language}`);
      const body = awkwardPush(uuid);
      const headers = signedHeaders(body);
      expect([await post(body, headers), await post(body, headers)]).toEqual([204, 204]);
      const malicious = async () =>
        (await findingsOf(uuid)).filter((one) => one.classification === 'true_positive');
      await eventually(async () => expect(await malicious()).toHaveLength(1));
      await stop();
      await start();
      expect(await post(body, headers)).toBe(204);
      const next = awkwardPush(await ingest(`Pushed after the repeat in ${language}`));
      const later = (JSON.parse(next) as { alert: { uuid: string } }).alert.uuid;
      expect(await post(next, signedHeaders(next))).toBe(204);
      await eventually(async () => expect(await statusOf(later)).toBe('Triaging'));
      expect(await malicious()).toHaveLength(1);
    });

    test('finishes after a restart what it had answered before', async () => {
      await start({ CALSETA_URL: `http://127.0.0.1:${await findFreePort()}` });
      const uuid = await ingest(`Pushed before a restart of the sample in ${language}`);
      const body = awkwardPush(uuid);
      expect(await post(body, signedHeaders(body))).toBe(204);
      await stop();
      await start();
      await eventually(
        async () => expect(JSON.stringify(await findingsOf(uuid))).toContain('true_positive'),
        { timeoutMs: 20_000 },
      );
    });

    test('refuses what is not signed as it came', async () => {
      await start();
      const body = awkwardPush(newUuid());
      const rewritten = JSON.stringify(JSON.parse(body));
      const old = new Date(Date.now() - 3_600_000);
      const answers = [
        await post(rewritten, signedHeaders(body)),
        await post(body, signedHeaders(body, { at: old })),
        await post(body, { ...signedHeaders(body), 'webhook-signature': 'v1,AAAA' }),
        await post(body, {}),
      ];
      expect(answers).toEqual([401, 401, 401, 401]);
      expect(await post(body, signedHeaders(body))).toBe(204);
    });

    test('takes either secret while one is rotated', async () => {
      const rotated = await pipeline.api.ask<Created>(
        'POST',
        `/v1/agents/${agent.uuid}/rotate-secret`,
      );
      const old = agent.signing_secret;
      await start({ CALSETA_SIGNING_SECRET: `${rotated.signing_secret} ${old}` });
      const body = awkwardPush(newUuid());
      expect(await post(body, signedHeaders(body))).toBe(204);
      agent = rotated;
      expect(await post(body, signedHeaders(body))).toBe(204);
    });

    test('has a key that can do no more', async () => {
      const refused = await pipeline.api.call('POST', '/v1/agents', {
        key: apiKey,
        body: { name: 'x' },
      });
      expect(refused.status).toBe(403);
    });
  });
}
