import { v7 } from 'uuid';
import { z } from 'zod';
import { randomBytes } from './random-bytes.js';

/** UUIDv7 (RFC 9562): public, and sortable by the time it was made. */
export const uuidSchema = z.uuid().meta({ description: 'UUID, version 7' });

const MAX_SEQUENCE = 2 ** 32 - 1;

let msecs = 0;
let seq = 0;

/** Later ids of a process sort after earlier ones, those of the same millisecond included. */
export function newUuid(): string {
  const random = randomBytes(16);
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // Half of the room is left for the ids of this millisecond.
    seq = random.readUInt32BE(0) >>> 1;
  } else if (seq < MAX_SEQUENCE) {
    seq += 1;
  } else {
    msecs += 1;
    seq = 0;
  }
  return v7({ random, msecs, seq });
}
