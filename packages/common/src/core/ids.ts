import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import { z } from 'zod';
import { randomBytes } from './random-bytes.js';

/** UUIDv7 (RFC 9562): public, and sortable by creation time. */
export const uuidSchema = z.uuid().meta({ description: 'UUID, version 7' });

const MAX_SEQUENCE = 2 ** 32 - 1;

let msecs = 0;
let seq = 0;

/** What one delivery is: this revision of this alert for this agent. */
export type DeliveryKey = { alertId: string; agentId: string; revision: number };

/** Characters of a UUID that hold its time in milliseconds. */
const TIME_CHARACTERS = '00000000-0000'.length;

/**
 * The id of a delivery, and so its webhook-id: always the same for the same key. It has the time of the alert's id, the
 * rest is a hash of the key; it is a UUIDv7 in form.
 */
export function deliveryIdOf({ alertId, agentId, revision }: DeliveryKey): string {
  const hash = createHash('sha256').update(`${alertId}:${agentId}:${revision}`).digest('hex');
  const variant = ((parseInt(hash.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${alertId.slice(0, TIME_CHARACTERS)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}

/** The Idempotency-Key of a step of a run: the same for every attempt. A UUIDv7 in form. */
export const stepKeyOf = (runId: string, stepNumber: number): string =>
  deliveryIdOf({ alertId: runId, agentId: 'workflow step', revision: stepNumber });

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
