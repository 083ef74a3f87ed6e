import { type Goal } from '../report/section.js';
import { type Agents } from '../system/agents.js';
import type { SentAlert } from '../tools/load-tool.js';

export type Account = { lost: number; unexpected: number; severalIds: number; repeats: number };

/** Compares what was acknowledged with what the agents got. */
export async function account(agents: Agents, sent: readonly SentAlert[]): Promise<Account> {
  const acknowledged = new Set(sent.map(({ uuid }) => uuid));
  let lost = 0;
  let unexpected = 0;
  let repeats = 0;
  for (const pushes of await agents.pushes()) {
    const got = new Set(pushes.map(({ uuid }) => uuid));
    lost += [...acknowledged].filter((uuid) => !got.has(uuid)).length;
    unexpected += [...got].filter((uuid) => !acknowledged.has(uuid)).length;
    repeats += pushes.reduce((sum, { count }) => sum + count - 1, 0);
  }
  const { otherIds, badSignatures } = await agents.sink.call('counts', undefined);
  return { lost, unexpected: unexpected + badSignatures, severalIds: otherIds, repeats };
}

/** A crash may repeat a push, under the same webhook-id; more than this share would be a storm. */
const MAX_REPEATED_SHARE = 0.2;

export const judgeAccount = (found: Account, pushes: number): Goal[] => [
  goal('lost', '0', found.lost, found.lost === 0),
  goal('unexpected or badly signed', '0', found.unexpected, found.unexpected === 0),
  goal('pushes under another webhook-id', '0', found.severalIds, found.severalIds === 0),
  goal(
    'pushes repeated under the same webhook-id',
    `≤ ${MAX_REPEATED_SHARE * 100} %`,
    found.repeats,
    found.repeats <= MAX_REPEATED_SHARE * pushes,
  ),
];

export const judgeDrain = (seconds: number, maxSeconds: number): Goal => ({
  name: 'drained after the last fault and the last alert',
  wanted: `≤ ${maxSeconds} s`,
  measured: `${seconds.toFixed(1)} s`,
  isMet: seconds <= maxSeconds,
});

const goal = (name: string, wanted: string, measured: number, isMet: boolean): Goal => ({
  name,
  wanted,
  measured: String(measured),
  isMet,
});
