import { z } from 'zod';
import { defineRoute, type Route } from '../http/define-route.js';
import { reply, textReply } from '../http/reply.js';
import { DOCS_PAGE, DOCS_PAGE_POLICY } from './docs-page.js';
import { renderLlmsTxt } from './llms-txt.js';
import { openApiDocument, type OpenApiOptions } from './openapi-document.js';

/** `/openapi.json`, `/docs` and `/llms.txt`, made once from the routes that they describe. */
export function docsRoutes(options: OpenApiOptions): Route[] {
  const document = openApiDocument(options);
  const llmsTxt = renderLlmsTxt(options);
  return [
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      scope: null,
      summary: 'OpenAPI 3.1 description',
      tags: ['docs'],
      responses: { 200: z.record(z.string(), z.unknown()) },
      handler: async () => await Promise.resolve(reply(200, document)),
    }),
    defineRoute({
      method: 'GET',
      path: '/docs',
      scope: null,
      summary: 'The API as a page',
      tags: ['docs'],
      responses: { 200: null },
      produces: ['text/html'],
      handler: async () =>
        await Promise.resolve(
          textReply(200, 'text/html; charset=utf-8', DOCS_PAGE, {
            'Content-Security-Policy': DOCS_PAGE_POLICY,
          }),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: '/llms.txt',
      scope: null,
      summary: 'The API as text for language models',
      tags: ['docs'],
      responses: { 200: null },
      produces: ['text/plain'],
      handler: async () =>
        await Promise.resolve(textReply(200, 'text/plain; charset=utf-8', llmsTxt)),
    }),
  ];
}
