import { z } from 'zod';
import { maliceSchema } from '../alert/malice.js';
import { LOOKUP_STATUSES } from '../enrichment/lookup-result.js';
import { timestampSchema } from './http/fields.js';

/** What a provider said about an indicator. */
export const lookupResultSchema = z
  .object({
    status: z.enum(LOOKUP_STATUSES),
    extracted: z.record(z.string(), z.unknown()),
    malice: maliceSchema,
    fetched_at: timestampSchema,
  })
  .meta({ id: 'LookupResult' });
