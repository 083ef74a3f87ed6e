import { type ApiKeyResource } from '@calseta/common';
import { type OperationExamples } from '@calseta/platform';
import { answers, lists, NOTHING, takes, UUIDS } from './shape.js';

const AT = '2025-01-15T10:30:05.000Z';
const KEY: ApiKeyResource = {
  id: 'k3yIdOf16Letters',
  name: 'My Investigation Agent',
  key_type: 'agent',
  scopes: ['alerts:read', 'findings:write', 'alerts:triage'],
  allowed_sources: [],
  allowed_networks: ['203.0.113.0/24'],
  principal: 'agent:k3yIdOf16Letters',
  created_by: 'dora',
  created_at: AT,
  updated_at: AT,
};
const SHOWN_ONCE = 'cai_k3yIdOf16Letters_43-characters-that-are-shown-once-and-never-again';
const TOKEN = {
  id: 'k3yIdOf16Letters',
  name: 'search head 1',
  allowed_networks: null,
  created_at: AT,
};

/** API keys, URL tokens and HMAC secrets. */
export const KEY_EXAMPLES: Record<string, OperationExamples> = {
  createApiKey: takes(
    {
      name: KEY.name,
      scopes: KEY.scopes,
      allowed_sources: [],
      allowed_networks: KEY.allowed_networks,
    },
    { ...KEY, key: SHOWN_ONCE },
    201,
  ),
  listApiKeys: lists(KEY),
  getApiKey: answers(KEY),
  updateApiKey: takes({ scopes: KEY.scopes, expires_at: null }, KEY),
  rotateApiKey: takes({ overlap_seconds: 3_600 }, { ...KEY, key: SHOWN_ONCE }, 201),
  getMe: answers({
    key_id: KEY.id,
    name: KEY.name,
    key_type: KEY.key_type,
    principal: KEY.principal,
    scopes: KEY.scopes,
    allowed_sources: [],
    is_shadow: false,
    server_version: '0.1.0',
  }),
  revokeApiKey: NOTHING,
  createUrlToken: takes(
    { name: TOKEN.name },
    { ...TOKEN, token: SHOWN_ONCE, url_path: `/v1/ingest/splunk/${SHOWN_ONCE}` },
    201,
  ),
  listUrlTokens: lists(TOKEN),
  revokeUrlToken: NOTHING,
  addHmacSecret: takes(
    {},
    { id: '7f3a', created_at: AT, secret: 'whsec_c2hvd24gb25jZSwga2VlcCBpdCBzYWZl' },
    201,
  ),
  removeHmacSecret: NOTHING,
  confirmSubscription: answers({
    id: UUIDS.subscription,
    type: 'SubscriptionConfirmation',
    topic_arn: 'arn:aws:sns:eu-west-1:123456789012:findings',
    subscribe_url: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription',
    received_at: AT,
    confirmed_at: '2025-01-15T10:35:00.000Z',
    confirmed_by: KEY.id,
  }),
};
