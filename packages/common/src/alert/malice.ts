import { z } from 'zod';

/** A verdict. Pending means unknown, which is not the same as Benign. */
export const MALICES = ['Pending', 'Benign', 'Suspicious', 'Malicious'] as const;
export const maliceSchema = z.enum(MALICES);
export type Malice = z.infer<typeof maliceSchema>;

export const compareMalice = (a: Malice, b: Malice): number =>
  MALICES.indexOf(a) - MALICES.indexOf(b);
