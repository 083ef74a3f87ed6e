import { createHash } from 'node:crypto';
import { type IndicatorType } from '@calseta/common';
import { defineRows } from '../../core/rows.js';

/** One question to one provider. */
export type LookupKey = { providerName: string; type: IndicatorType; value: string };

export type HeldLookup = LookupKey & { holder: string };

/** A lease that is not renewed ends after this; then somebody else may ask. */
export const LEASE_SECONDS = 6;
export const LEASE = `make_interval(secs => ${LEASE_SECONDS})`;

/** The key of the row of a lookup. */
export const keyOf = ({ providerName, type, value }: LookupKey): string =>
  createHash('sha256').update(`${providerName}\0${type}\0${value}`).digest('hex');

export const HELD = defineRows<HeldLookup>('given', {
  key: ['text', (held) => keyOf(held)],
  holder: ['uuid', ({ holder }) => holder],
});

/** Locked in the order of the keys, so that writers do not deadlock. */
export const LOCK_HELD = `
  SELECT l.key FROM provider_lookups l JOIN ${HELD.from} ON l.key = given.key AND l.holder = given.holder
   ORDER BY l.key FOR UPDATE OF l`;
