import { v7 } from 'uuid';
import { z } from 'zod';
import { randomBytes } from './random-bytes.js';

/** UUIDv7 (RFC 9562): public, and sortable by creation time. */
export const uuidSchema = z.uuid().meta({ description: 'UUID, version 7' });

const MAX_SEQUENCE = 2 ** 32 - 1;

let msecs = 0;
let seq = 0;

/** Ids of one process sort in the order of creation, even within a millisecond. */
export function newUuid(): string {
  const random = randomBytes(16);
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // Leaves half of the range for further ids of this millisecond.
    seq = random.readUInt32BE(0) >>> 1;
  } else if (seq < MAX_SEQUENCE) {
    seq += 1;
  } else {
    msecs += 1;
    seq = 0;
  }
  return v7({ random, msecs, seq });
}
