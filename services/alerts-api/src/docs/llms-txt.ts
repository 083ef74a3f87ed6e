import { accessOf, type OpenApiOptions } from '@calseta/platform';

/** The API in a few lines of Markdown (llmstxt.org). */
export function renderLlmsTxt({ info, routes, webhooks = {} }: OpenApiOptions): string {
  const tags = [...new Set(routes.flatMap((route) => route.tags.slice(0, 1)))];
  const sections = tags.map((tag) => {
    const lines = routes
      .filter((route) => route.tags[0] === tag)
      .map((route) => {
        const access = accessOf(route);
        const needs = access === undefined ? 'public' : `scope ${access}`;
        return `- \`${route.method} ${route.path}\`: ${route.summary} (${needs})`;
      });
    return [`## ${tag}`, '', ...lines, ''].join('\n');
  });
  const pushes = Object.entries(webhooks).map(([name, { summary }]) => `- \`${name}\`: ${summary}`);
  return [
    `# ${info.title}`,
    '',
    ...(info.description === undefined ? [] : [`> ${info.description}`, '']),
    'Send `Authorization: Bearer cai_…`. JSON in and out: `{"data": …, "meta": {}}`; lists page with `cursor` and `page_size`. Errors are `application/problem+json` with a stable `code`.',
    '',
    '- [OpenAPI 3.1](/openapi.json)',
    '- [Docs page](/docs)',
    '',
    ...sections,
    ...(pushes.length === 0 ? [] : ['## Webhooks', '', ...pushes, '']),
  ].join('\n');
}
