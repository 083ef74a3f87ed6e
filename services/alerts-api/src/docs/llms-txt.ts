import { readFileSync } from 'node:fs';
import {
  AppError,
  alertFilterSchema,
  createFindingSchema,
  ERROR_CODES,
  type ErrorCode,
  findingSchema,
  wholeAlertSchema,
} from '@calseta/common';
import { accessOf, ERROR_STATUS, type OpenApiOptions, toProblem } from '@calseta/platform';
import { FINDING } from './examples/alerts.js';
import { describeFields } from './describe-fields.js';

const TEMPLATE = new URL('../../pages/llms.txt', import.meta.url);

/** The API for language models (llmstxt.org): enough to read an alert and post a finding without another page. */
export function renderLlmsTxt({ info, routes, webhooks = {} }: OpenApiOptions): string {
  const parts: Record<string, string> = {
    title: info.title,
    description: info.description ?? '',
    filters: Object.keys(alertFilterSchema.shape)
      .map((name) => `\`${name}\``)
      .join(', '),
    alert: describeFields(wholeAlertSchema, 'output'),
    createFinding: describeFields(createFindingSchema, 'input'),
    finding: describeFields(findingSchema, 'output'),
    findingExample: JSON.stringify(FINDING),
    problem: JSON.stringify(exampleProblem(), null, 2),
    errors: codes
      .map((code) => `- \`${code}\` (${ERROR_STATUS[code]}): ${ERROR_CODES[code]}`)
      .join('\n'),
    operations: describeOperations({ routes, webhooks }),
  };
  const template = readFileSync(TEMPLATE, 'utf8');
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
}

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

const exampleProblem = () =>
  toProblem(
    new AppError('request.invalid', 'The body does not fit its schema.', {
      issues: [{ pointer: '/colour', message: 'is not a known field' }],
    }),
    '0af7651916cd43dd8448eb211c80319c',
  ).body;

function describeOperations({
  routes,
  webhooks = {},
}: Pick<OpenApiOptions, 'routes' | 'webhooks'>): string {
  const tags = [...new Set(routes.flatMap((route) => route.tags.slice(0, 1)))];
  const sections = tags.map((tag) => {
    const lines = routes
      .filter((route) => route.tags[0] === tag)
      .map((route) => {
        const access = accessOf(route);
        const needs = access === undefined ? 'public' : `scope ${access}`;
        return `- \`${route.method} ${route.path}\`: ${route.summary} (${needs})`;
      });
    return [`### ${tag}`, '', ...lines, ''].join('\n');
  });
  const pushes = Object.entries(webhooks).map(([name, { summary }]) => `- \`${name}\`: ${summary}`);
  return [...sections, '### Webhooks', '', ...pushes].join('\n');
}
