import fc from 'fast-check';
import { none } from '../../report/goals.js';
import { arbitraryBody } from '../api/arbitrary-body.js';
import { arbitraryOf } from '../api/arbitrary-of-schema.js';
import { type Ids, makeResources } from '../api/make-resources.js';
import { mcpMessage } from '../api/mcp-message.js';
import { type JsonSchema } from '../api/read-description.js';
import { type Door } from '../door.js';
import { forEachOf } from '../for-each-of.js';
import { removeAll } from '../remove-all.js';
import { type Target } from '../target/start-target.js';
import { type Client, type ClientAnswer, createClient } from '../wire/create-client.js';

const CALLS = { full: 400, short: 25 };
const DEEP = 500;
/** What JSON can say and a database cannot hold, in the shapes that arguments have. */
const UNSTORABLE: readonly unknown[] = ['a\0b', '\ud800', nested(DEEP)].flatMap((value) => [
  value,
  [value],
  { a: value },
]);
const CONCURRENCY = 4;
const FROM = '127.66.12.1';
/** A call that takes longer hangs. */
const TIMEOUT_MS = 60_000;
const MAX_EXAMPLE = 200;
/** Every other reference leads to a row that exists. */
const REFERENCE = /"(alert|workflow)_uuid":"[0-9a-f]{7}[02468ace]-[^"]*"/g;
const OF_INSIDE = /^(?:internal\.|service\.)/;

type Tool = { name: string; inputSchema: JsonSchema };
type Result = { isError?: boolean; content?: { text?: string }[] };

export const mcpArguments: Door = {
  name: 'mcp-arguments',
  summary:
    'Every tool of /mcp gets arguments made from its schema, whole, broken and replaced in one place',
  async attack({ target, size, seed }) {
    await using client = createClient(target.apiUrl, FROM, TIMEOUT_MS);
    const ids = await makeResources(target);
    const tools = await listTools(client, target);
    const calls = tools.flatMap((tool) => {
      const drawn = arbitraryBody(arbitraryOf(tool.inputSchema, {}));
      const texts = fc.sample(drawn, { seed, numRuns: CALLS[size] }).map(({ text }) => text);
      return [...texts, ...unstorable(tool, seed)].map((text) => ({
        tool,
        args: refer(text, ids),
      }));
    });
    const answers = new Map<string, number>();
    const odd: string[] = [];
    await forEachOf(calls, CONCURRENCY, async ({ tool: { name }, args }) => {
      const params = `,"name":"${name}","arguments":${args}`;
      const answer = await client
        .call({ ...mcpMessage('tools/call', params, name), key: target.apiKey })
        .catch((error: unknown) => String(error));
      const { kind, isOdd } = typeof answer === 'string' ? broken(answer) : judge(answer);
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
      if (isOdd) odd.push(`${name}: ${kind} for ${args.slice(0, MAX_EXAMPLE)}`);
    });
    for (const collection of ['agents', 'context-documents', 'workflows', 'indicator-mappings'])
      await removeAll(target, `/v1/${collection}`);
    return {
      goals: [
        none('tools that are not listed', tools.length > 0 ? 0 : 1),
        none('answers that tell of a failure inside, or none', odd.length, odd),
      ],
      tables: [{ head: ['answer', 'times'], rows: [...answers].sort(([, a], [, b]) => b - a) }],
      notes: [`${calls.length} calls of ${tools.length} tools.`],
    };
  },
};

async function listTools(client: Client, { apiKey: key }: Target): Promise<Tool[]> {
  const { text } = await client.call({ ...mcpMessage('tools/list'), key });
  return (JSON.parse(text) as { result: { tools: Tool[] } }).result.tools;
}

/** Each argument in turn, beside those that are required. */
function unstorable({ inputSchema }: Tool, seed: number): string[] {
  const { properties = {}, required = [] } = inputSchema;
  const needed = Object.entries(properties).filter(([name]) => required.includes(name));
  const least = { ...inputSchema, properties: Object.fromEntries(needed) };
  const [args] = fc.sample(arbitraryOf(least, {}), { seed, numRuns: 1 }) as object[];
  return Object.keys(properties).flatMap((name) =>
    UNSTORABLE.map((value) => JSON.stringify({ ...args, [name]: value })),
  );
}

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

const refer = (text: string, ids: Ids): string =>
  text.replace(REFERENCE, (_, kind: string) => `"${kind}_uuid":"${ids[`${kind}s`] ?? ''}"`);

const broken = (kind: string) => ({ kind, isOdd: true });

/** The code of a tool's error or of the protocol's, `answered`, or what is odd. */
function judge({ status, text }: ClientAnswer): { kind: string; isOdd: boolean } {
  const { result, error } = parse(text) as { result?: Result; error?: { code: number } };
  if (error) return { kind: `${status}, ${error.code}`, isOdd: status >= 500 };
  if (status !== 200 || result === undefined)
    return { kind: `${status}, not of the protocol`, isOdd: true };
  if (result.isError !== true) return { kind: 'answered', isOdd: false };
  const code = result.content?.[0]?.text?.split(':')[0] ?? 'without text';
  return { kind: code, isOdd: OF_INSIDE.test(code) };
}

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
