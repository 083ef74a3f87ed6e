import { z } from 'zod';

/** The Traffic Light Protocol 2.0, from the freest to the strictest. */
export const TLPS = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const;
export type Tlp = (typeof TLPS)[number];

/** Numbers of MISP and TheHive; 3 and 4 differ by version and count as the strictest. */
const BY_NUMBER: readonly Tlp[] = ['CLEAR', 'GREEN', 'AMBER', 'RED', 'RED'];
const TAG = /^\s*tlp\s*[:_=-]\s*/i;

/** Reads `amber`, `TLP:AMBER+STRICT`, `white` or a number; undefined for anything else. */
export function readTlp(value: unknown): Tlp | undefined {
  if (typeof value === 'number') return BY_NUMBER[value];
  if (typeof value !== 'string') return undefined;
  const word = value
    .replace(TAG, '')
    .trim()
    .toUpperCase()
    .replace(/[\s_-]/g, '+');
  if (/^\d$/.test(word)) return BY_NUMBER[Number(word)];
  return word === 'WHITE' ? 'CLEAR' : TLPS.find((tlp) => tlp === word);
}

/** The strictest TLP among tags such as `tlp:amber`; tags without `tlp` count nothing. */
export const tlpOfTags = (tags: readonly string[]): Tlp | undefined =>
  strictestTlp(tags.filter((tag) => TAG.test(tag)).map(readTlp));

/** The strictest of those that are known. */
export const strictestTlp = (tlps: readonly (Tlp | undefined)[]): Tlp | undefined =>
  tlps.reduce(
    (strictest, tlp) => (tlp && (!strictest || isAboveTlp(tlp, strictest)) ? tlp : strictest),
    undefined,
  );

/** Whether something of this TLP may go to fewer people than `max` allows. */
export const isAboveTlp = (tlp: Tlp, max: Tlp): boolean => TLPS.indexOf(tlp) > TLPS.indexOf(max);

export const tlpSchema = z.enum(TLPS).meta({ description: 'Traffic Light Protocol 2.0' });
