import { z } from 'zod';

/** The documented part of the format: only errors in it refuse an alert; other fields are read leniently. */
export const genericPayloadSchema = z.looseObject({
  title: z.string().refine((title) => title.trim() !== '', 'must not be empty'),
});
