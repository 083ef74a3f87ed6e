import { parseBody } from '../body/parse-body.js';
import { type Arrival } from '../read/arrival.js';
import { readAlerts, type ReadAlert } from '../read/read-alerts.js';
import { createSlices, type InSlices, type InTurn } from '../read/take-turns.js';

/** The alerts of a request, and whether it is answered as a batch. */
export type Alerts = { isBatch: boolean; read: ReadAlert[] };

export type ReadBodyDeps = {
  /** Throws when there is no room for `count` more alerts. */
  assertRoom: (count: number) => void;
  inTurn: InTurn;
};

/** Longer bodies are read one at a time. */
const LONG_BODY_BYTES = 16_384;

/** Reads the alerts of a body, once there is room for the number that can be counted in advance. */
export async function readBodyOfAlerts(
  { assertRoom, inTurn }: ReadBodyDeps,
  body: Buffer,
  arrival: Arrival,
): Promise<Alerts> {
  async function work(inSlices: InSlices): Promise<Alerts> {
    const { isBatch, count, items } = parseBody(body, arrival.contentType);
    assertRoom(count);
    const read = await inSlices(readAlerts(items, arrival));
    return { isBatch: isBatch || read.length !== 1, read };
  }
  return await (body.length > LONG_BODY_BYTES ? inTurn(work) : work(createSlices()));
}
