import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { serveTool } from './tool.js';
import { wallClockMs } from './wall-clock.js';

/** What one agent received about one alert. */
export type PushRecord = { uuid: string; webhookId: string; firstAtMs: number; count: number };
/** Behaviour of an agent; it answers 204 immediately by default. */
export type AgentBehaviour = {
  path: string;
  status?: number;
  delayMs?: number;
  hangs?: boolean;
  /** It answers 413 to bodies of so many bytes and more. */
  refusesFromBytes?: number;
  /** The process that is killed when it has sent the next push, before it gets an answer. */
  killsPid?: number;
};
export type SinkCounts = {
  pushes: number;
  distinct: number;
  badSignatures: number;
  otherIds: number;
};

export type SinkMethods = {
  listen(argument: undefined): Promise<string>;
  expectAgent(agent: { path: string; secret: string }): void;
  behave(behaviour: AgentBehaviour): void;
  counts(argument: undefined): SinkCounts;
  pushesTo(path: string): PushRecord[];
  forget(argument: undefined): void;
};

type Agent = {
  key: Buffer;
  behaviour: Omit<AgentBehaviour, 'path'>;
  pushes: Map<string, PushRecord>;
};

const ALERT_UUID = /"uuid":"([0-9a-f-]{36})"/;
const HEAD_CHARACTERS = 200;
/** Accepts anything, and verifies and records nothing. */
const UNSIGNED_PATH = '/unsigned';

const agents = new Map<string, Agent>();
let badSignatures = 0;
let otherIds = 0;

/** Verifies Standard Webhooks; written from the specification, not from the sender's code. */
function isSigned({ key }: Agent, { headers }: IncomingMessage, body: string): boolean {
  const id = String(headers['webhook-id']);
  const content = `${id}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

function record(agent: Agent, request: IncomingMessage, body: string): void {
  if (!isSigned(agent, request, body)) {
    badSignatures += 1;
    return;
  }
  const uuid = ALERT_UUID.exec(body.slice(0, HEAD_CHARACTERS))?.[1] ?? '';
  const webhookId = String(request.headers['webhook-id']);
  const known = agent.pushes.get(uuid);
  if (!known) {
    agent.pushes.set(uuid, { uuid, webhookId, firstAtMs: wallClockMs(), count: 1 });
    return;
  }
  known.count += 1;
  if (known.webhookId !== webhookId) otherIds += 1;
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  const agent = agents.get(request.url ?? '');
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (!agent) {
      response.writeHead(request.url === UNSIGNED_PATH ? 204 : 404).end();
      return;
    }
    const { delayMs = 0, hangs = false, refusesFromBytes = Infinity, killsPid } = agent.behaviour;
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const status = bytes >= refusesFromBytes ? 413 : (agent.behaviour.status ?? 204);
    if (killsPid !== undefined) {
      agent.behaviour = {};
      record(agent, request, Buffer.concat(chunks).toString());
      process.kill(killsPid, 'SIGKILL');
      return;
    }
    if (hangs) return;
    const answer = () => {
      if (status < 300) record(agent, request, Buffer.concat(chunks).toString());
      response.writeHead(status).end();
    };
    if (delayMs > 0) setTimeout(answer, delayMs);
    else answer();
  });
}

serveTool({
  listen: async () =>
    await new Promise<string>((resolve) => {
      const server = createServer(receive).listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    }),
  expectAgent: ({ path, secret }) => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    agents.set(path, { key, behaviour: {}, pushes: new Map() });
  },
  behave: ({ path, ...behaviour }) => {
    const agent = agents.get(path);
    if (agent) agent.behaviour = behaviour;
  },
  counts: () => {
    const records = [...agents.values()].flatMap(({ pushes }) => [...pushes.values()]);
    const pushes = records.reduce((sum, { count }) => sum + count, 0);
    return { pushes, distinct: records.length, badSignatures, otherIds };
  },
  pushesTo: (path) => [...(agents.get(path)?.pushes.values() ?? [])],
  forget: () => {
    for (const { pushes } of agents.values()) pushes.clear();
  },
} satisfies SinkMethods);
