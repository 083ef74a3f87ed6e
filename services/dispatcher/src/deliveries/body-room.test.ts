import { describe, expect, test } from '@jest/globals';
import { createBodyRoom } from './body-room.js';

/** Lets those that wait be asked again. */
const turn = async () => await new Promise((resolve) => setImmediate(resolve));

function aRoom(maxBytes: number) {
  let waits = 0;
  const room = createBodyRoom({ maxBytes, onWait: () => (waits += 1) });
  const asked: string[] = [];
  return {
    asked,
    waits: () => waits,
    reserve: (agentId: string, bytes: number) =>
      room.reserve(agentId, bytes, () => asked.push(agentId)),
    /** Bodies of that size that an agent gets under way. */
    fill(agentId: string, bytes: number) {
      let count = 0;
      while (room.reserve(agentId, bytes, () => undefined)) count += 1;
      return count;
    },
  };
}

describe('createBodyRoom', () => {
  test('gives each agent half of what the others leave, so that some is always left', () => {
    const { fill } = aRoom(100);
    expect(['a', 'b', 'c', 'd'].map((agentId) => fill(agentId, 1))).toEqual([50, 25, 12, 6]);
  });

  test('gives an agent without any body all that is left, and nothing beyond', () => {
    const { reserve } = aRoom(100);
    expect(reserve('a', 50)).toBeDefined();
    expect(reserve('a', 1)).toBeUndefined();
    expect(reserve('b', 51)).toBeUndefined();
    expect(reserve('b', 50)).toBeDefined();
    expect(reserve('c', 1)).toBeUndefined();
  });

  test('lets a body that is larger than all room go alone', () => {
    const { reserve } = aRoom(100);
    const alone = reserve('a', 1_000);
    expect(alone).toBeDefined();
    expect(reserve('b', 1)).toBeUndefined();
    alone?.release();
    expect(reserve('b', 1)).toBeDefined();
  });

  test('asks those that wait again when room is given back, and counts each wait once', async () => {
    const { reserve, asked, waits } = aRoom(100);
    const first = reserve('a', 50);
    const second = reserve('b', 50);
    expect([reserve('c', 10), reserve('c', 10), reserve('d', 10)]).toEqual(
      Array(3).fill(undefined),
    );
    expect([asked, waits()]).toEqual([[], 2]);
    first?.resize(20);
    second?.release();
    second?.release();
    await turn();
    expect(asked).toEqual(['c', 'd']);
    first?.release();
    await turn();
    expect(asked).toEqual(['c', 'd']);
    expect(reserve('a', 100)).toBeDefined();
  });

  test('counts no further wait of one that is asked again in vain', async () => {
    let waits = 0;
    const room = createBodyRoom({ maxBytes: 100, onWait: () => (waits += 1) });
    const first = room.reserve('a', 90, () => undefined);
    const ask = () => void room.reserve('b', 60, ask);
    ask();
    first?.resize(80);
    await turn();
    first?.resize(70);
    await turn();
    expect(waits).toBe(1);
    first?.resize(40);
    await turn();
    expect(room.reserve('c', 1, () => undefined)).toBeUndefined();
  });
});
