import { pushPayloadSchema } from '@calseta/common';
import { docsRoutes, type Route, type WebhookDeclaration } from '@calseta/platform';
import { ingestRoute } from '../routes/ingest-route.js';

export const API_INFO = {
  title: 'Calseta',
  version: '0.1.0',
  description:
    'The open data layer for security AI agents. Send `Authorization: Bearer cai_…` with every request.',
};

const alertEnriched: WebhookDeclaration = {
  summary: 'An alert completed enrichment',
  description:
    'Signed by Standard Webhooks with the agent’s `signing_secret`. Answer 2xx; anything else is ' +
    'repeated with the same `webhook-id`.',
  payload: pushPayloadSchema,
  headers: {
    'webhook-id': 'The same in every repeat: do the work once',
    'webhook-timestamp': 'Seconds since 1970 of this attempt',
    'webhook-signature': '`v1,` and a base64 HMAC-SHA256; two while a secret is being rotated',
    traceparent: 'W3C trace context of the alert',
  },
};

/** `/openapi.json`, `/docs` and `/llms.txt`, for the whole base URL: ingest included. */
export const documentationRoutes = (routes: readonly Route[]): Route[] =>
  docsRoutes({
    routes: [ingestRoute, ...routes],
    webhooks: { 'alert.enriched': alertEnriched },
    info: API_INFO,
  });
