import { z } from 'zod';
import { maliceSchema } from '../../alert/malice.js';
import { LOOKUP_STATUSES } from '../../enrichment/lookup-result.js';
import { timestampSchema } from '../http/fields.js';

/** A provider's answer about an indicator. */
export const lookupResultSchema = z
  .object({
    status: z.enum(LOOKUP_STATUSES),
    extracted: z.record(z.string(), z.unknown()),
    malice: maliceSchema,
    fetched_at: timestampSchema,
  })
  .meta({ id: 'LookupResult' });
