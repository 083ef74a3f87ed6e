import { z } from 'zod';

/** How the providers answered about the indicators of an alert. */
export const enrichmentSummarySchema = z.object({
  succeeded: z.array(z.string()).describe('Providers that know something'),
  not_found: z.array(z.string()).describe('Providers that answered, and know nothing'),
  failed: z
    .array(z.string())
    .describe(
      'Providers that owe an answer about an indicator; they may have answered about another',
    ),
  reasons: z
    .record(z.string(), z.string())
    .describe('Why those that failed did, by name; data, never orders'),
});
