import { z } from 'zod';
import { uuidSchema } from '../../core/ids.js';
import { dataEnvelope } from '../http/envelope.js';
import { sourceNameSchema } from '../http/fields.js';
import { problemSchema } from '../http/problem.js';
import { INGEST_EXAMPLES } from './ingest-examples.js';

/**
 * The documented format of the generic source, for reference. The plugin reads what it can and only refuses a
 * missing title.
 */
export const genericAlertSchema = z
  .looseObject({
    title: z.string().describe('Alert title'),
    severity: z
      .string()
      .optional()
      .describe('Informational, Low, Medium, High or Critical; anything else is Pending'),
    occurred_at: z.string().optional().describe('ISO 8601; without it the time of receipt'),
    description: z.string().optional(),
    tags: z.array(z.string()).optional(),
    source_rule_id: z.string().optional().describe('Detection rule id in the source system'),
    indicators: z
      .array(z.object({ type: z.string(), value: z.string() }))
      .optional()
      .describe(
        'Types: ip, domain, hash_md5, hash_sha1, hash_sha256, url, email, account. More are found in the rest of the payload.',
      ),
  })
  .meta({ id: 'GenericAlert' });

export const INGEST_STATUSES = [
  'queued',
  'deduplicated',
  'updated',
  'noted',
  'quarantined',
] as const;

export type IngestStatus = (typeof INGEST_STATUSES)[number];

export const ingestResultSchema = z
  .object({
    alert_uuid: uuidSchema,
    status: z.enum(INGEST_STATUSES),
    is_duplicate: z.boolean(),
    duplicate_count: z.int(),
  })
  .meta({ id: 'IngestResult' });
export type IngestResult = z.infer<typeof ingestResultSchema>;

/** The response to an array or NDJSON: one entry per item, in the same order. */
export const ingestBatchResultSchema = z
  .object({ results: z.array(z.union([ingestResultSchema, problemSchema])) })
  .meta({ id: 'IngestBatchResult' });

/** The answer to Amazon SNS when it asks to confirm a subscription: that is no alert. */
export const requestedSubscriptionSchema = z
  .object({ subscription_id: uuidSchema, message: z.string() })
  .meta({ id: 'RequestedSubscription' });

/** Headers that ingest reads in addition to `Authorization` and standard HTTP headers. */
export const INGEST_HEADERS = {
  idempotencyKey: 'Idempotency-Key',
  /** Calseta's own signature scheme. */
  signature: 'X-Calseta-Signature',
  /** The three headers of Standard Webhooks. */
  webhookId: 'webhook-id',
  webhookTimestamp: 'webhook-timestamp',
  webhookSignature: 'webhook-signature',
} as const;

/** Supported content encodings. Others are refused. */
export const REQUEST_ENCODINGS = ['gzip', 'x-gzip'] as const;

const headers = z.object({
  [INGEST_HEADERS.idempotencyKey]: z
    .string()
    .optional()
    .describe(
      'Names each alert together with its text: sent again it is a repeat, and other content under the same key is another alert',
    ),
  [INGEST_HEADERS.signature]: z
    .string()
    .optional()
    .describe(
      '`t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, for sources that demand a signature; the body as it is sent, after inflating',
    ),
  [INGEST_HEADERS.webhookId]: z.string().optional().describe('Of Standard Webhooks'),
  [INGEST_HEADERS.webhookTimestamp]: z
    .string()
    .optional()
    .describe('Of Standard Webhooks: unix seconds'),
  [INGEST_HEADERS.webhookSignature]: z
    .string()
    .optional()
    .describe('Of Standard Webhooks: `v1,<base64>`, for sources whose secret is a `whsec_` one'),
  'Content-Encoding': z.enum(REQUEST_ENCODINGS).optional(),
});

const vendorAlertSchema = z
  .looseObject({})
  .describe('An alert in its source’s own format, or an envelope of several');

/** Body formats by content type. Any other type is read as JSON. */
const bodies = {
  'application/json': {
    schema: z.union([genericAlertSchema, vendorAlertSchema, z.array(vendorAlertSchema)]),
    examples: Object.fromEntries(
      Object.entries(INGEST_EXAMPLES).map(([name, value]) => [
        name,
        { summary: `As the source \`${name}\` sends it`, value },
      ]),
    ),
  },
  'application/x-ndjson': {
    schema: z.string().describe('One alert on each line'),
    examples: {
      two: {
        summary: 'Two alerts of `generic`',
        value: '{"title":"First","severity":"Low"}\n{"title":"Second","severity":"High"}\n',
      },
    },
  },
  'application/x-www-form-urlencoded': {
    schema: z.object({ payload: z.string().describe('The JSON of the alert') }),
    examples: {
      payload: {
        summary: 'An alert of `generic` in a form',
        value: { payload: '{"title":"Sent as a form","severity":"Low"}' },
      },
    },
  },
};

const ALERT_UUID = '01937b5e-9c00-7000-8000-000000000001';
const queued = {
  alert_uuid: ALERT_UUID,
  status: 'queued',
  is_duplicate: false,
  duplicate_count: 0,
} as const;

const declared = {
  method: 'POST',
  scope: 'alerts:ingest',
  tags: ['Ingest'],
  headers,
  bodies,
  responses: {
    202: dataEnvelope(
      z.union([ingestResultSchema, ingestBatchResultSchema, requestedSubscriptionSchema]),
    ),
  },
  answers: {
    202: {
      queued: { summary: 'One alert', value: { data: queued, meta: {} } },
      repeat: {
        summary: 'A repeat of an open alert',
        value: {
          data: { ...queued, status: 'deduplicated', is_duplicate: true, duplicate_count: 1 },
          meta: {},
        },
      },
      batch: {
        summary: 'A batch: one entry for each alert, in order',
        value: { data: { results: [queued] }, meta: {} },
      },
    },
  },
  // Differs from other routes: a key is never refused, and responses are not stored.
  idempotent: false,
  errors: [
    'auth.signature_invalid',
    'source.unknown',
    'request.invalid',
    'request.unsupported_media_type',
    'request.rate_limited',
  ],
} as const;

const sourceName = { source_name: sourceNameSchema };

/**
 * The ingest endpoint, with and without a token in its URL. ingest-api serves it and OpenAPI shows it.
 */
export const INGEST_ROUTES = {
  plain: {
    ...declared,
    path: '/v1/ingest/{source_name}',
    operationId: 'ingestAlerts',
    summary: 'Send alerts of a source',
    description:
      '202 means committed. The body is one alert in the source’s own format, an array of them, NDJSON, or objects ' +
      'back to back: up to 1,000 alerts of 1 MiB each and 10 MiB together. What is nearly JSON is repaired with a ' +
      'note; other text is kept in quarantine and answered 400 with `alert_uuid`. UTF-8 is expected; UTF-16 with a byte-order mark, and the ' +
      'charsets that `Content-Type` declares, are read. A payload that its source cannot read is kept, and ' +
      'answered with the status `quarantined`. Challenges of Okta and Azure Event Grid are answered here.',
    params: z.object(sourceName),
  },
  withToken: {
    ...declared,
    path: '/v1/ingest/{source_name}/{url_token}',
    operationId: 'ingestAlertsByUrlToken',
    summary: 'Send alerts of a source by a URL token, for senders that cannot set a header',
    description:
      'As `ingestAlerts`; the token in the path stands for the key in a header. `GET` and `HEAD` of it are answered ' +
      'with 200, and so is `?validationToken=` of Microsoft Graph, with the token as text.',
    params: z.object({
      ...sourceName,
      url_token: z.string().min(1).describe('Of `POST /v1/sources/{name}/url-tokens`'),
    }),
    isKeyInPath: true,
  },
} as const;
