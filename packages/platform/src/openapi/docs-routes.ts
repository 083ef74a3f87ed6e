import { defineRawRoute, type Route } from '../http/routes/define-route.js';
import { JSON_MEDIA_TYPE } from '../http/answers/send.js';
import { type SendDocument, shareDocument } from '../http/routes/shared-document.js';
import { DOCS_PAGE, DOCS_PAGE_POLICY } from './docs-page.js';
import { renderLlmsTxt } from './llms-txt.js';
import { type OpenApiOptions } from './declaration.js';
import { openApiDocument } from './openapi-document.js';

/** `/openapi.json`, `/docs` and `/llms.txt`, made once from the routes that they describe. */
export const docsRoutes = (options: OpenApiOptions): Route[] => [
  documentRoute(
    '/openapi.json',
    'getOpenApi',
    'OpenAPI 3.1 description',
    shareDocument(JSON_MEDIA_TYPE, JSON.stringify(openApiDocument(options))),
  ),
  documentRoute(
    '/docs',
    'getDocs',
    'The API as a page',
    shareDocument('text/html; charset=utf-8', DOCS_PAGE, {
      'Content-Security-Policy': DOCS_PAGE_POLICY,
    }),
  ),
  documentRoute(
    '/llms.txt',
    'getLlmsTxt',
    'The API as text for language models',
    shareDocument('text/plain; charset=utf-8', renderLlmsTxt(options)),
  ),
];

const documentRoute = (
  path: `/${string}`,
  operationId: string,
  summary: string,
  send: SendDocument,
): Route =>
  defineRawRoute({
    method: 'GET',
    path,
    operationId,
    scope: null,
    summary,
    tags: ['docs'],
    raw: async ({ req, res }) => await send(req, res),
  });
