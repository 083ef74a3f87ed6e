import { type RawAnswerResource } from '@calseta/common';
import {
  type CreateEnrichmentProvider,
  type EnrichmentProviderResource,
  type EnrichmentProviderVersionSummary,
  lookupSchema,
} from '@calseta/http-steps';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, MADE, resource, takes, UUIDS } from './shape.js';

const LOOKUP = lookupSchema.parse({
  indicator_types: ['ip', 'domain'],
  secrets: ['token'],
  auth: { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.token }}' },
  steps: [
    {
      name: 'lookup',
      method: 'GET',
      url: 'https://reputation.example.com/v1/{{ indicator.value }}',
    },
  ],
  fields: [{ name: 'score', path: 'data.score', as: 'number' }],
  malice: [
    {
      when: { all: [{ field: 'score', op: 'gte', value: 80 }] },
      malice: 'Malicious',
      reason: 'score {{ extracted.score }}',
    },
  ],
});

const PROVIDER: EnrichmentProviderResource = {
  uuid: UUIDS.provider,
  name: 'my_reputation',
  title: 'My reputation service',
  origin: 'custom',
  is_active: true,
  base_url: null,
  indicator_types: LOOKUP.indicator_types,
  quotas: [{ limit: 60, window_seconds: 60 }],
  ttls: { success: 3_600, not_found: 3_600 },
  reliability: 0.5,
  timeout_ms: 5_000,
  is_own_directory: false,
  max_tlp: 'AMBER',
  roles: [],
  is_configured: true,
  credentials: [{ name: 'token', source: 'api' }],
  state: {
    is_healthy: true,
    paused_until: null,
    breaker: 'closed',
    breaker_open_until: null,
    last_success_at: MADE.updated_at,
    last_failure: {
      at: MADE.created_at,
      kind: 'timeout',
      reason: 'No answer within 5000 ms.',
    },
    cache: { hours: 24, lookup_count: 400, cached_count: 300, hit_rate: 0.75 },
    quotas: [{ limit: 60, window_seconds: 60, left: 60, resets_at: null }],
  },
  version: 1,
  lookup: LOOKUP,
  ...MADE,
};

const VERSION_SUMMARY: EnrichmentProviderVersionSummary = {
  version: PROVIDER.version,
  title: PROVIDER.title,
  is_active: PROVIDER.is_active,
  base_url: PROVIDER.base_url,
  indicator_types: PROVIDER.indicator_types,
  quotas: PROVIDER.quotas,
  ttls: PROVIDER.ttls,
  reliability: PROVIDER.reliability,
  timeout_ms: PROVIDER.timeout_ms,
  is_own_directory: PROVIDER.is_own_directory,
  max_tlp: PROVIDER.max_tlp,
  roles: PROVIDER.roles,
  credential_names: ['token'],
  created_at: MADE.created_at,
};

const CREATE: Partial<CreateEnrichmentProvider> = {
  name: PROVIDER.name,
  title: PROVIDER.title,
  ...LOOKUP,
  credentials: { token: 'the-token-of-the-service' },
};

const RAW_ANSWER: RawAnswerResource = {
  provider_name: PROVIDER.name,
  fetched_at: MADE.created_at,
  steps: [
    {
      name: 'lookup',
      status: 200,
      content_type: 'application/json',
      body: '{"data":{"score":91}}',
    },
  ],
};

export const PROVIDER_EXAMPLES: Record<string, OperationExamples> = {
  ...resource('EnrichmentProvider', {
    create: CREATE,
    update: { reliability: 0.8 },
    data: PROVIDER,
    changed: { reliability: 0.8, version: 2 },
  }),
  listEnrichmentProviderVersions: lists(VERSION_SUMMARY),
  getEnrichmentProviderVersion: answers({ ...VERSION_SUMMARY, lookup: LOOKUP }),
  getRawEnrichmentAnswer: answers(RAW_ANSWER),
  testEnrichmentProvider: takes(
    { indicator: { type: 'ip', value: '203.0.113.9' } },
    {
      status: 'success',
      malice: 'Malicious',
      reasons: ['score 91'],
      extracted: { score: 91 },
      steps: [
        {
          name: 'lookup',
          outcome: 'success',
          request: {
            method: 'GET',
            url: 'https://reputation.example.com/v1/203.0.113.9',
            headers: { Authorization: 'Bearer <token>' },
          },
          response: {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: '{"data":{"score":91}}',
          },
        },
      ],
    },
  ),
};
