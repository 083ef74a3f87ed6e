import {
  type CreateEnrichmentProvider,
  type EnrichmentProviderResource,
  lookupSchema,
} from '@calseta/http-steps';
import { type OperationExamples } from '@calseta/platform';
import { MADE, resource, takes, UUIDS } from './shape.js';

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
    quotas: [{ limit: 60, window_seconds: 60, left: 60, resets_at: null }],
  },
  version: 1,
  lookup: LOOKUP,
  ...MADE,
};

const CREATE: Partial<CreateEnrichmentProvider> = {
  name: PROVIDER.name,
  title: PROVIDER.title,
  ...LOOKUP,
  credentials: { token: 'the-token-of-the-service' },
};

export const PROVIDER_EXAMPLES: Record<string, OperationExamples> = {
  ...resource('EnrichmentProvider', {
    create: CREATE,
    update: { reliability: 0.8 },
    data: PROVIDER,
    changed: { reliability: 0.8, version: 2 },
  }),
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
