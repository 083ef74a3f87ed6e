import { AppError, metricsSummarySchema, scorecardQuerySchema } from '@calseta/common';
import { toIssues } from '@calseta/platform';
import { z } from 'zod';
import { type Operations } from '../../operations/create-operations.js';
import { cutToFit } from '../answers/cut-value.js';
import { defineTool, type Tool } from './define-tool.js';
import { listAnswer } from './list-arguments.js';

/** How alerts are handled. */
export const metricsTools = ({ metrics: { summarize } }: Operations): Tool[] => [
  defineTool({
    name: 'get_metrics',
    title: 'Read how alerts are handled, over a span and now',
    description:
      'What came and what was closed, how long that took, the rate of false positives, coverage, what waits in the ' +
      'pipeline now, and how the providers answer.',
    access: summarize.access,
    isReadOnly: true,
    input: z.object({
      since: z.string().optional().describe('ISO 8601; by default 30 days before until'),
      until: z.string().optional().describe('ISO 8601; by default now'),
    }),
    output: z.object({
      ...metricsSummarySchema.pick({ since: true, until: true }).shape,
      received: z.looseObject({}),
      closed: z.looseObject({}),
      coverage: z.looseObject({}),
      now: z.looseObject({}),
      providers: z.array(z.looseObject({ name: z.string() })),
      truncated: listAnswer.truncated,
      untrusted_paths: listAnswer.untrusted_paths,
    }),
    async run(args, { caller, loadBudgets }) {
      const span = scorecardQuerySchema.safeParse(args);
      if (!span.success)
        throw new AppError('request.invalid', 'The span cannot be read.', {
          issues: toIssues(span.error),
        });
      const budget = (await loadBudgets())();
      const summary = await summarize.run(span.data, caller);
      const { value, isCut } = cutToFit(summary, (json) => budget.fits(json));
      return {
        ...value,
        truncated: isCut,
        untrusted_paths: ['/closed/by_classification', '/providers'],
      };
    },
  }),
];
