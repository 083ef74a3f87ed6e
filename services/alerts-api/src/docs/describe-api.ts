import {
  EVENT_SCHEMAS,
  eventNamed,
  INGEST_ROUTES,
  OPERATOR_EVENT_NAMES,
  pushPayloadSchema,
  VERSION,
} from '@calseta/common';
import { EXAMPLES } from './examples/all.js';
import { EVENTS } from './examples/events.js';
import { PUSH } from './examples/push.js';
import { type OpenApiOptions, type Route, type WebhookDeclaration } from '@calseta/platform';

export const API_INFO = {
  title: 'Calseta',
  version: VERSION,
  description:
    'The open data layer for security AI agents. Send `Authorization: Bearer cai_…` with every request. ' +
    'Enum words in queries and bodies are read in any letter case: `?severity=high` is `?severity=High`.',
  license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
};

const TAGS = {
  Ingest: 'Where sources send their alerts.',
  Alerts: 'What was detected, how far the pipeline has got with it, and what was decided about it.',
  Findings: 'What agents and people found out about an alert.',
  Deliveries: 'Every push of an alert to an agent, with each of its attempts.',
  Agents: 'Who is pushed alerts, and where to.',
  Enrichments: 'What the providers know about a value, without an alert.',
  'Enrichment providers': 'Who is asked about indicators, and how.',
  Indicators: 'Addresses, domains, hashes, URLs and accounts over all alerts.',
  'Indicator mappings': 'Where in a payload indicators stand.',
  'Threat lists': 'Values that are known to be bad, or known to be good.',
  'Detection rules': 'What the rules mean that made the alerts.',
  'Context documents': 'Runbooks and other texts that are pushed with the alerts they apply to.',
  Rules: 'One language for which alerts a document, an agent or a mute is about.',
  Metrics: 'How alerts are handled, over a span and now.',
  Mutes: 'Alerts that nobody is pushed for a time.',
  Workflows: 'What can be done about an alert.',
  'Workflow runs': 'What was asked for, who decided, and what came of it.',
  Secrets: 'What workflows authenticate with, and where it may be sent.',
  Approvals: 'What waits for the decision of a person, and what was decided.',
  Approvers: 'Who is asked before a workflow runs, and where they are told.',
  Audit: 'Who changed what, and whether the log of it is whole.',
  Sources: 'Where alerts come from, whether they arrive, and how senders prove themselves.',
  'API keys': 'Who may do what.',
};

const HEADERS = {
  'webhook-id': 'The same in every repeat: do the work once',
  'webhook-timestamp': 'Seconds since 1970 of this attempt',
  'webhook-signature': '`v1,` and a base64 HMAC-SHA256; two while a secret is being rotated',
  traceparent: 'W3C trace context',
};

const alertEnriched: WebhookDeclaration = {
  operationId: 'alertEnriched',
  summary: 'An alert completed enrichment',
  description:
    'JSON Schema: `/schemas/push-v1.json`. Signed by Standard Webhooks with the agent’s `signing_secret`. Answer 2xx; anything else is ' +
    'repeated with the same `webhook-id`.',
  payload: pushPayloadSchema,
  examples: { example: { value: PUSH } },
  headers: HEADERS,
};

/** Events that an agent gets when its `events` name them. */
const operatorEvents = Object.fromEntries(
  OPERATOR_EVENT_NAMES.map((event): [string, WebhookDeclaration] => [
    event,
    {
      operationId: event.replace(/[._](\w)/g, (_, letter: string) => letter.toUpperCase()),
      summary: eventNamed(event).summary,
      description:
        'JSON Schema: `/schemas/events-v1.json`. Pushed to agents whose `events` name it; signed and repeated like ' +
        'the push of an alert.',
      payload: EVENT_SCHEMAS[event],
      examples: { example: { value: EVENTS[event] } },
      headers: HEADERS,
    },
  ]),
);

/** Everything that is documented: the routes of this service, ingest, and the pushes. */
export const describeApi = (routes: readonly Route[]): OpenApiOptions => ({
  routes: [...Object.values(INGEST_ROUTES), ...routes],
  webhooks: { 'alert.enriched': alertEnriched, ...operatorEvents },
  info: API_INFO,
  tags: TAGS,
  examples: EXAMPLES,
});
