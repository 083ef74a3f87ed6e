import { z } from 'zod';

/** The documented part of the format: only these break an alert; the rest is read as well as it goes. */
export const genericPayloadSchema = z.looseObject({
  title: z.string().refine((title) => title.trim() !== '', 'must not be empty'),
});
