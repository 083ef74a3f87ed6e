import { none } from './goals.js';
import { type Goal } from './section.js';
import { type Agents } from '../system/agents.js';
import { type SentAlert } from '../tools/load-tool.js';

export type Account = { lost: number; unexpected: number; severalIds: number; repeats: number };

/** Compares the acknowledged alerts with the pushes that the agents received. */
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

/** A crash may repeat a push with the same webhook-id; a larger share is a fault. */
const MAX_REPEATED_SHARE = 0.2;

/** Judges the result of this number of due pushes. */
export const judgeAccount = (
  found: Account,
  pushes: number,
  maxRepeatedShare = MAX_REPEATED_SHARE,
): Goal[] => [
  none('lost', found.lost),
  none('unexpected or badly signed', found.unexpected),
  none('pushes under another webhook-id', found.severalIds),
  {
    name: 'pushes repeated under the same webhook-id',
    wanted: `≤ ${percent(maxRepeatedShare)}`,
    measured: `${percent(found.repeats / pushes)} (${found.repeats})`,
    isMet: found.repeats <= maxRepeatedShare * pushes,
  },
];

export const judgeDrain = (seconds: number, maxSeconds: number): Goal => ({
  name: 'drained after the last fault and the last alert',
  wanted: `≤ ${maxSeconds} s`,
  measured: `${seconds.toFixed(1)} s`,
  isMet: seconds <= maxSeconds,
});

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
