import {
  documentRoute,
  JSON_MEDIA_TYPE,
  openApiDocument,
  type Route,
  shareDocument,
} from '@calseta/platform';
import { describeApi } from './describe-api.js';
import { payloadSchemaRoutes } from './payload-schemas.js';
import { renderLlmsTxt } from './llms-txt.js';
import { referencePage } from './reference-page.js';

/** `/openapi.json`, `/docs` and `/llms.txt`, which document ingest too. */
export function documentationRoutes(routes: readonly Route[]): Route[] {
  const described = describeApi(routes);
  return [
    documentRoute({
      path: '/openapi.json',
      operationId: 'getOpenApi',
      summary: 'OpenAPI 3.1 description',
      send: shareDocument(JSON_MEDIA_TYPE, JSON.stringify(openApiDocument(described))),
    }),
    ...referencePage(),
    ...payloadSchemaRoutes(),
    documentRoute({
      path: '/llms.txt',
      operationId: 'getLlmsTxt',
      summary: 'The API as text for language models',
      send: shareDocument('text/plain; charset=utf-8', renderLlmsTxt(described)),
    }),
  ];
}
