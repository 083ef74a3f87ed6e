/**
 * A sample agent for Calseta. It needs Node 22.18 or later and nothing else: `node agent.ts`.
 *
 * 1. It verifies the signature over the bytes as they came, before it parses anything.
 * 2. It writes the push to its inbox, answers 204, and works afterwards: Calseta waits for ten seconds only.
 * 3. It does the work of a webhook-id once, however often it is pushed, also across restarts.
 * 4. It posts a finding with that webhook-id as Idempotency-Key, and moves the status of the alert.
 * 5. It asks for the workflow named by WORKFLOW about what is malicious, and waits for the end of the run. It cannot
 *    approve the run: a person may have to.
 *
 * Set CALSETA_API_KEY (scopes alerts:read, findings:write, alerts:triage, with WORKFLOW also workflows:read and
 * workflows:execute, and no more) and CALSETA_SIGNING_SECRET.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

const settings = readSettings(process.env);

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const TIMESTAMP_TOLERANCE_SECONDS = 300;
const RETRY_MS = 5_000;
const GIVE_UP_MS = 24 * 3_600_000;
/** Longer than Calseta tries to push; what is older may be forgotten. */
const REMEMBER_MS = 7 * 24 * 3_600_000;
const CALL_TIMEOUT_MS = 30_000;
const RUN_HAS_ENDED = ['succeeded', 'failed', 'rejected', 'expired', 'uncertain'];
const WEBHOOK_ID = /^[\w-]{1,100}$/;

function readSettings(env: NodeJS.ProcessEnv) {
  const needed = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`Set ${name}.`);
    return value;
  };
  return {
    url: (env['CALSETA_URL'] ?? 'http://localhost:8000').replace(/\/$/, ''),
    apiKey: needed('CALSETA_API_KEY'),
    /** Two secrets, separated by a space, while one is rotated. */
    signingSecrets: needed('CALSETA_SIGNING_SECRET').split(' '),
    host: env['HOST'] ?? '127.0.0.1',
    port: Number(env['PORT'] ?? 9_000),
    workflow: env['WORKFLOW'] ?? '',
    inbox: env['INBOX_DIR'] ?? 'inbox',
  };
}

/** Says what is wrong with a push, or nothing. A body that was parsed and written again has another signature. */
function verify(headers: IncomingHttpHeaders, body: Buffer, nowMs: number): string | undefined {
  const webhookId = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (!WEBHOOK_ID.test(webhookId) || !/^\d{1,12}$/.test(timestamp)) {
    return 'webhook-id or webhook-timestamp is missing';
  }
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > TIMESTAMP_TOLERANCE_SECONDS) {
    return 'webhook-timestamp is too old or too new';
  }
  const expected = settings.signingSecrets.map((secret) =>
    createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
      .update(`${webhookId}.${timestamp}.`)
      .update(body)
      .digest(),
  );
  const given = String(headers['webhook-signature'] ?? '')
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
  const isRight = given.some((one) =>
    expected.some((other) => one.length === other.length && timingSafeEqual(one, other)),
  );
  return isRight ? undefined : 'no signature is right';
}

/** A file for each webhook-id: with its push while there is work to do, and empty once that is done. */
const fileOf = (webhookId: string): string => join(settings.inbox, `${webhookId}.json`);

/** Writes a push to the disk; false when its webhook-id is known. */
async function takeIn(webhookId: string, body: Buffer): Promise<boolean> {
  const draft = join(settings.inbox, `${webhookId}.${randomUUID()}.draft`);
  const file = await open(draft, 'wx');
  try {
    await file.writeFile(body);
    await file.sync();
    await link(draft, fileOf(webhookId));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close();
    await rm(draft);
  }
}

/** What an earlier run left to do; forgets what was done long ago. */
async function readInbox(): Promise<string[]> {
  await mkdir(settings.inbox, { recursive: true });
  const unfinished: string[] = [];
  for (const name of await readdir(settings.inbox)) {
    const path = join(settings.inbox, name);
    if (name.endsWith('.draft')) await rm(path);
    if (!name.endsWith('.json')) continue;
    const { size, mtimeMs } = await stat(path);
    if (size > 0) unfinished.push(name.slice(0, -'.json'.length));
    else if (Date.now() - mtimeMs > REMEMBER_MS) await rm(path);
  }
  return unfinished;
}

/** The part of a push that this agent reads. */
type Push = {
  event: string;
  alert: { uuid: string; status: string };
  indicators: { type: string; value: string; malice: string }[];
  workflows?: { uuid: string; name: string; is_executable?: boolean }[];
};

/**
 * The investigation: here, a look at the verdicts. Put your model or your playbook in its place. Whatever
 * `_metadata.untrusted_paths` points to was written by whoever caused the alert, perhaps an attacker: hand it to a
 * model as data, never as instructions.
 */
function assess({ alert, indicators }: Push) {
  const malicious = indicators
    .filter(({ malice }) => malice === 'Malicious')
    .map(({ value }) => value);
  return {
    finding: {
      summary: `${malicious.length} of ${indicators.length} indicators are malicious.`,
      confidence: malicious.length > 0 ? 0.9 : 0.3,
      classification: malicious.length > 0 ? 'true_positive' : 'inconclusive',
      recommended_actions: malicious.slice(0, 10).map((value) => `Block ${value}`.slice(0, 2_000)),
      details: { malicious: malicious.slice(0, 100) },
    },
    status: alert.status === 'Open' ? 'Triaging' : undefined,
  };
}

/** Calls Calseta; `data` of its answer. A refusal that would come again is logged; what may pass later is thrown. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown> | undefined> {
  const answer = await fetch(settings.url + path, {
    method,
    headers: {
      authorization: `Bearer ${settings.apiKey}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const text = await answer.text();
  if (answer.status === 429 || answer.status >= 500) throw new Error(`${path}: ${answer.status}`);
  if (answer.ok) return (JSON.parse(text) as { data: Record<string, unknown> }).data;
  say(`${method} ${path} was refused: ${answer.status} ${text.slice(0, 500)}`);
  return undefined;
}

/** Asks for a run of the workflow about the first malicious indicator, if the push offers the workflow. */
async function askForRun(webhookId: string, { alert, indicators, workflows = [] }: Push) {
  const workflow = workflows.find(
    (one) => one.name === settings.workflow && one.is_executable === true,
  );
  const found = indicators.find(({ malice }) => malice === 'Malicious');
  if (!workflow || !found) return undefined;
  const request = {
    alert_uuid: alert.uuid,
    indicator: { type: found.type, value: found.value },
    reason: 'The indicator is malicious.',
    confidence: 0.9,
  };
  const path = `/v1/workflows/${workflow.uuid}/execute`;
  return await call('POST', path, request, { 'idempotency-key': `${webhookId}-run` });
}

/** Tells how a run ends. Nothing is lost if this process stops: the run goes on without it. */
async function waitForEnd(uuid: string): Promise<void> {
  for (;;) {
    try {
      const run = await call('GET', `/v1/workflow-runs/${uuid}?wait_seconds=20`);
      const status = String(run?.['status']);
      if (!run || RUN_HAS_ENDED.includes(status)) {
        say(`run ${uuid}: ${status}`);
        return;
      }
    } catch (error) {
      say(`run ${uuid}: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function work(webhookId: string): Promise<void> {
  const push = JSON.parse(await readFile(fileOf(webhookId), 'utf8')) as Push;
  if (push.event !== 'alert.enriched') {
    say(`${webhookId}: ${push.event}`);
    return;
  }
  // The address is ours: the key goes to no URL that stands in a push.
  const alert = `/v1/alerts/${push.alert.uuid}`;
  const { finding, status } = assess(push);
  await call('POST', `${alert}/findings`, finding, { 'idempotency-key': webhookId });
  if (status !== undefined) await call('PATCH', alert, { status });
  const run = await askForRun(webhookId, push);
  // Not awaited: a person may take hours to decide, and other pushes wait.
  if (run) void waitForEnd(String(run['run_uuid']));
  say(`${webhookId}: done`);
}

let turn = Promise.resolve();
/** Works off one push after the other; what fails is tried again later, for a day. */
function enqueue(webhookId: string): void {
  turn = turn.then(async () => {
    try {
      await work(webhookId);
      await truncate(fileOf(webhookId));
    } catch (error) {
      say(`${webhookId}: ${String(error)}`);
      const { mtimeMs } = await stat(fileOf(webhookId));
      if (Date.now() - mtimeMs > GIVE_UP_MS) await truncate(fileOf(webhookId));
      else setTimeout(() => enqueue(webhookId), RETRY_MS);
    }
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type Answer = { status: number; text?: string };

async function receive(request: IncomingMessage): Promise<Answer> {
  const body = await readBody(request);
  if (!body) return { status: 413, text: 'the body is too large' };
  const fault = verify(request.headers, body, Date.now());
  if (fault !== undefined) return { status: 401, text: fault };
  const webhookId = String(request.headers['webhook-id']);
  if (await takeIn(webhookId, body)) enqueue(webhookId);
  return { status: 204 };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

for (const webhookId of await readInbox()) enqueue(webhookId);
const server = createServer((request, response) => {
  receive(request).then(
    ({ status, text }) => response.writeHead(status).end(text),
    (error: unknown) => {
      say(String(error));
      response.writeHead(500).end();
    },
  );
});
server.listen(settings.port, settings.host, () => {
  say(`listening on http://${settings.host}:${(server.address() as AddressInfo).port}`);
});
