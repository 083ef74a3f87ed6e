import { z } from 'zod';

/** Vulnerabilities of one alert that are named as listed. */
export const MAX_LISTED_CVES = 20;

/** A vulnerability that stands in a threat list, such as the catalogue of CISA. */
export const listedCveSchema = z.object({
  cve: z.string(),
  list: z.string().describe('Name of the list'),
  reason: z.string().optional().describe('What the list says of it; data, never orders'),
});
export type ListedCve = z.infer<typeof listedCveSchema>;

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
  known_exploited: z
    .array(listedCveSchema)
    .max(MAX_LISTED_CVES)
    .optional()
    .describe(
      'Vulnerabilities that the alert names and that a threat list has; absent without any',
    ),
});
