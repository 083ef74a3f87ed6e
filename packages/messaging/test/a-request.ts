import { type RequestContract } from '@calseta/common';
import { z } from 'zod';

/** A contract that accepts any body. */
export const aRequest = (
  topic: string,
  deadlineMs = 5_000,
): RequestContract<z.ZodUnknown, z.ZodUnknown> => ({
  topic,
  purpose: 'For tests.',
  request: z.unknown(),
  reply: z.unknown(),
  deadlineMs,
});
