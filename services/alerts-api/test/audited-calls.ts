import { newUuid, REQUESTS } from '@calseta/common';
import { createSubscriptionStore } from '@calseta/database';
import { insertAlert } from './insert-alert.js';
import { aRunToApprove } from './run-to-approve.js';
import { type TestAlertsApi } from './start-alerts-api.js';

/** A call that succeeds, and the action that the audit log has for it. */
export type AuditedCall = {
  action: string;
  /** Values for the placeholders of the path, in their order. */
  ids?: () => Promise<string[]>;
  body?: unknown;
  /** For bodies that name what was made for them. */
  bodyOf?: () => Promise<unknown>;
  /** A body that is not JSON. */
  yaml?: string;
};

/** Routes that change something and leave no entry, with the reason. */
export const NOT_AUDITED: Record<string, string> = {
  'POST /v1/alerts': 'work of the pipeline; the activity of the alert shows it',
  'POST /v1/indicator-mappings/test': 'stores nothing',
  'POST /v1/sources/test': 'stores nothing',
  'POST /v1/rules/test': 'stores nothing',
  'POST /v1/workflows/{uuid}/test': 'stores nothing, sends nothing',
  'POST /v1/enrichments': 'reads what providers know',
  'POST /v1/agents/{uuid}/lease': 'work of the pipeline; deliveries and attempts show it',
  'POST /v1/agents/{uuid}/ack': 'work of the pipeline; deliveries and attempts show it',
  'POST /v1/agents/{uuid}/nack': 'work of the pipeline; deliveries and attempts show it',
  'POST /v1/agents/{uuid}/extend': 'work of the pipeline; deliveries and attempts show it',
};

const RULE = { all: [{ field: 'title', op: 'eq', value: 'nothing' }] };
const ORIGIN = 'http://127.0.0.1:8099';
const SUBSCRIBE =
  'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t0ken-of-sns';

/** Every secret that the calls send. */
export const SENT_SECRETS = [
  's3cret-of-header',
  's3cret-of-custom-header',
  's3cret-of-provider',
  's3cret-value',
  's3cret-of-hmac-key',
  's3cret-of-slack',
  's3cret-of-webhook',
  't0ken-of-sns',
];

const AGENT = {
  webhook_url: `${ORIGIN}/hook`,
  auth_header: 'Bearer s3cret-of-header',
  headers: { 'x-more': 's3cret-of-custom-header' },
};
const PROVIDER = {
  indicator_types: ['ip'],
  secrets: ['token'],
  auth: { kind: 'header', name: 'Authorization', value: 'Bearer {{ secrets.token }}' },
  steps: [{ name: 'lookup', method: 'GET', url: 'https://rep.example/{{ indicator.value }}' }],
  fields: [{ name: 'score', path: 'score', as: 'number' }],
  malice: [],
  credentials: { token: 's3cret-of-provider' },
};
const STEPS = {
  base_url: ORIGIN,
  steps: [{ name: 'close', method: 'POST', url: '/close', json: { who: 'x' } }],
};
const FIELDS = { field_mapping: { items: 'events', fields: { title: 'name' } } };

/** Lets the other services answer. */
export async function answerRequests({ transport }: TestAlertsApi): Promise<void> {
  const reply =
    <T>(answer: T) =>
    async (): Promise<T> =>
      await Promise.resolve(answer);
  const counts = {
    ...{ reparsed_count: 0, further_count: 0, quarantined_count: 0 },
    next_cursor: null,
  };
  await transport.respond(REQUESTS.reparseSource, reply(counts));
  await transport.respond(
    REQUESTS.reparseAlert,
    reply({ alert_id: newUuid(), further_alert_ids: [] }),
  );
  await transport.respond(REQUESTS.enrichAlert, reply({ is_changed: false }));
  await transport.respond(REQUESTS.confirmSubscription, reply({ is_confirmed: true }));
  await transport.respond(
    REQUESTS.testPush,
    reply({
      outcome: 'delivered' as const,
      status_code: 200,
      duration_ms: 1,
      webhook_id: 'msg_1',
      alert_uuid: newUuid(),
    }),
  );
  await transport.respond(
    REQUESTS.testProvider,
    reply({
      status: 'success' as const,
      malice: 'Benign' as const,
      reasons: [],
      extracted: {},
      steps: [],
    }),
  );
}

let count = 0;
/** A name that nothing else has. */
const name = (): string => `audited_${(count += 1)}`;

/** A successful call of every route that changes something, by route. */
export const auditedCalls = (api: TestAlertsApi): Record<string, AuditedCall> => {
  const make = async (path: string, body: object, id = 'uuid'): Promise<string> => {
    const answer = await api.call('POST', path, { body });
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return (answer.body.data as Record<string, string>)[id]!;
  };
  const maker = (path: string, body: object, id?: string) => async () => [
    await make(path, { name: name(), ...body }, id),
  ];
  return {
    ...configurationOf(maker),
    ...accessOf(api, make, maker),
    ...triageOf(api, make),
    ...workflowsOf(api, make, maker),
  };
};

type Make = (path: string, body: object, id?: string) => Promise<string>;
type Maker = (path: string, body: object, id?: string) => () => Promise<string[]>;

const configurationOf = (maker: Maker): Record<string, AuditedCall> => {
  const mapping = { path: 'a.b', indicator_type: 'ip' };
  const document = {
    title: 'Runbook',
    doc_type: 'runbook',
    content: '# What to do',
    is_global: true,
  };
  const mute = {
    ...{ rule: RULE, reason: 'A test' },
    until: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const list = { verdict: 'deny', content: ['b.example'] };
  const mappings = () => async () => {
    const answer = maker('/v1/indicator-mappings', {
      ...mapping,
      path: `a.${name()}`,
      name: undefined,
    });
    return await answer();
  };
  return {
    'POST /v1/indicator-mappings': { action: 'indicator_mapping.created', body: mapping },
    'PATCH /v1/indicator-mappings/{uuid}': {
      action: 'indicator_mapping.updated',
      ids: mappings(),
      body: { is_active: false },
    },
    'DELETE /v1/indicator-mappings/{uuid}': {
      action: 'indicator_mapping.deleted',
      ids: mappings(),
    },
    'POST /v1/threat-lists': { action: 'threat_list.created', body: { name: name(), ...list } },
    'PATCH /v1/threat-lists/{uuid}': {
      action: 'threat_list.updated',
      ids: maker('/v1/threat-lists', list),
      body: { verdict: 'allow' },
    },
    'PUT /v1/threat-lists/{uuid}/content': {
      action: 'threat_list.updated',
      ids: maker('/v1/threat-lists', list),
      body: { content: ['a.example'] },
    },
    'DELETE /v1/threat-lists/{uuid}': {
      action: 'threat_list.deleted',
      ids: maker('/v1/threat-lists', list),
    },
    'POST /v1/detection-rules': { action: 'detection_rule.created', body: { name: name() } },
    'POST /v1/detection-rules/import': {
      action: 'detection_rule.created',
      yaml: 'title: Audited\nid: audited-rule\nlevel: high\ndetection: {}\n',
    },
    'PATCH /v1/detection-rules/{uuid}': {
      action: 'detection_rule.updated',
      ids: maker('/v1/detection-rules', {}),
      body: { severity: 'Low' },
    },
    'DELETE /v1/detection-rules/{uuid}': {
      action: 'detection_rule.deleted',
      ids: maker('/v1/detection-rules', {}),
    },
    'POST /v1/context-documents': { action: 'context_document.created', body: document },
    'PATCH /v1/context-documents/{uuid}': {
      action: 'context_document.updated',
      ids: maker('/v1/context-documents', { ...document, name: undefined }),
      body: { title: 'Another' },
    },
    'DELETE /v1/context-documents/{uuid}': {
      action: 'context_document.deleted',
      ids: maker('/v1/context-documents', { ...document, name: undefined }),
    },
    'POST /v1/mutes': { action: 'mute.created', body: mute },
    'DELETE /v1/mutes/{uuid}': {
      action: 'mute.deleted',
      ids: maker('/v1/mutes', { ...mute, name: undefined }),
    },
    'POST /v1/enrichment-providers': {
      action: 'enrichment_provider.created',
      body: { name: name(), ...PROVIDER },
    },
    'PATCH /v1/enrichment-providers/{uuid}': {
      action: 'enrichment_provider.updated',
      ids: maker('/v1/enrichment-providers', PROVIDER),
      body: { reliability: 0.3 },
    },
    'DELETE /v1/enrichment-providers/{uuid}': {
      action: 'enrichment_provider.deleted',
      ids: maker('/v1/enrichment-providers', PROVIDER),
    },
    'POST /v1/enrichment-providers/{uuid}/test': {
      action: 'enrichment_provider.test_requested',
      ids: maker('/v1/enrichment-providers', PROVIDER),
      body: { indicator: { type: 'ip', value: '198.51.100.7' } },
    },
  };
};

const accessOf = (api: TestAlertsApi, make: Make, maker: Maker): Record<string, AuditedCall> => {
  const key = { key_type: 'agent', scopes: ['alerts:read'] };
  const approver = () => ({
    principal: name(),
    webhook_url: `${ORIGIN}/s3cret-of-webhook`,
    slack_webhook_url: `${ORIGIN}/s3cret-of-slack`,
  });
  return {
    'POST /v1/sources': { action: 'source.created', body: { name: name(), ...FIELDS } },
    'PATCH /v1/sources/{name}': {
      action: 'source.updated',
      ids: maker('/v1/sources', FIELDS, 'name'),
      body: { dedup_window_seconds: 60 },
    },
    'DELETE /v1/sources/{name}': {
      action: 'source.deleted',
      ids: maker('/v1/sources', FIELDS, 'name'),
    },
    'POST /v1/sources/{name}/url-tokens': {
      action: 'api_key.created',
      ids: async () => await Promise.resolve(['splunk']),
    },
    'DELETE /v1/sources/{name}/url-tokens/{id}': {
      action: 'api_key.updated',
      ids: async () => ['splunk', await make('/v1/sources/splunk/url-tokens', {}, 'id')],
    },
    'POST /v1/sources/{name}/hmac-secrets': {
      action: 'source.updated',
      ids: async () => await Promise.resolve(['wazuh']),
      body: { secret: 's3cret-of-hmac-key' },
    },
    'DELETE /v1/sources/{name}/hmac-secrets/{id}': {
      action: 'source.updated',
      ids: async () => ['okta', await make('/v1/sources/okta/hmac-secrets', {}, 'id')],
    },
    'POST /v1/sources/{name}/reparse': {
      action: 'source.reparse_requested',
      ids: async () => await Promise.resolve(['okta']),
    },
    'POST /v1/sources/{name}/subscriptions/{id}/confirm': {
      action: 'source.subscription_confirm_requested',
      ids: async () => {
        const id = await createSubscriptionStore(api.database).request(
          'aws_guardduty',
          {
            type: 'SubscriptionConfirmation',
            topic_arn: 'arn:aws:sns:us-east-1:1:gd',
            subscribe_url: SUBSCRIBE,
          },
          new Date(),
        );
        return ['aws_guardduty', id!];
      },
    },
    'POST /v1/api-keys': { action: 'api_key.created', body: { name: 'x', ...key } },
    'PATCH /v1/api-keys/{id}': {
      action: 'api_key.updated',
      ids: maker('/v1/api-keys', key, 'id'),
      body: { name: 'y' },
    },
    'POST /v1/api-keys/{id}/rotate': {
      action: 'api_key.created',
      ids: maker('/v1/api-keys', key, 'id'),
    },
    'DELETE /v1/api-keys/{id}': {
      action: 'api_key.updated',
      ids: maker('/v1/api-keys', key, 'id'),
    },
    'POST /v1/approvers': { action: 'approver.created', body: { name: 'Dora', ...approver() } },
    'PATCH /v1/approvers/{uuid}': {
      action: 'approver.updated',
      ids: maker('/v1/approvers', approver()),
      body: { name: 'Erik' },
    },
    'DELETE /v1/approvers/{uuid}': {
      action: 'approver.deleted',
      ids: maker('/v1/approvers', approver()),
    },
    'POST /v1/agents': { action: 'agent.created', body: { name: name(), ...AGENT } },
    'PATCH /v1/agents/{uuid}': {
      action: 'agent.updated',
      ids: maker('/v1/agents', AGENT),
      body: { auth_header: 'Basic s3cret-of-header' },
    },
    'DELETE /v1/agents/{uuid}': { action: 'agent.deleted', ids: maker('/v1/agents', AGENT) },
    'POST /v1/agents/{uuid}/test': {
      action: 'agent.test_push_requested',
      ids: maker('/v1/agents', AGENT),
    },
    'POST /v1/agents/{uuid}/rotate-secret': {
      action: 'agent.updated',
      ids: maker('/v1/agents', AGENT),
    },
  };
};

const triageOf = (api: TestAlertsApi, make: Make): Record<string, AuditedCall> => {
  const anAlert = async () => [await insertAlert(api.database)];
  const agent = async () => await make('/v1/agents', { name: name(), ...AGENT });
  return {
    'PATCH /v1/alerts': {
      action: 'alert.updated',
      bodyOf: async () => ({ alert_uuids: [...(await anAlert()), newUuid()], status: 'Triaging' }),
    },
    'PATCH /v1/alerts/{uuid}': {
      action: 'alert.updated',
      ids: anAlert,
      body: { severity: 'Low', tags: ['seen'] },
    },
    'DELETE /v1/alerts/{uuid}': { action: 'alert.deleted', ids: anAlert },
    'POST /v1/alerts/{uuid}/comments': {
      action: 'comment.created',
      ids: anAlert,
      body: { text: 'Seen.' },
    },
    'POST /v1/alerts/{uuid}/findings': {
      action: 'finding.created',
      ids: anAlert,
      body: { summary: 'Benign.' },
    },
    'POST /v1/alerts/{uuid}/replay': {
      action: 'alert.replayed',
      ids: anAlert,
      body: { from: 'dispatch' },
    },
    'POST /v1/alerts/{uuid}/indicators': {
      action: 'alert.indicators_added',
      ids: anAlert,
      body: { items: [{ type: 'domain', value: 'added.example.org' }] },
    },
    'POST /v1/alerts/{uuid}/reparse': { action: 'alert.reparse_requested', ids: anAlert },
    'POST /v1/alerts/{uuid}/enrich': { action: 'alert.enrichment_requested', ids: anAlert },
    'POST /v1/alerts/{uuid}/dispatch': {
      action: 'delivery.created',
      ids: anAlert,
      bodyOf: async () => ({ agent_uuid: await agent() }),
    },
    'POST /v1/agents/{uuid}/replay': {
      action: 'delivery.created',
      ids: async () => {
        await insertAlert(api.database, { receivedAt: new Date('2024-01-01T12:00:00Z') });
        return [await agent()];
      },
      body: { since: '2024-01-01T00:00:00Z', until: '2024-01-02T00:00:00Z' },
    },
    'POST /v1/deliveries/{uuid}/retry': {
      action: 'delivery.updated',
      ids: async () => {
        const id = newUuid();
        const data = { id, agentId: await agent(), alertId: (await anAlert())[0]!, revision: 1 };
        await api.database.prisma.delivery.create({
          data: { ...data, status: 'dead', nextAttemptAt: new Date() },
        });
        return [id];
      },
    },
    'PATCH /v1/indicators/{uuid}': {
      action: 'indicator.updated',
      ids: async () => {
        const id = newUuid();
        const at = { firstSeenAt: new Date(), lastSeenAt: new Date() };
        await api.database.prisma.indicator.create({
          data: { id, type: 'domain', value: `${id}.example`, classification: 'public', ...at },
        });
        return [id];
      },
      body: { malice_override: 'Benign' },
    },
  };
};

const workflowsOf = (api: TestAlertsApi, make: Make, maker: Maker): Record<string, AuditedCall> => {
  const secret = { value: 's3cret-value', allowed_origins: [ORIGIN] };
  const approval = async () => [(await aRunToApprove(api)).approval_uuid];
  return {
    'POST /v1/workflows': { action: 'workflow.created', body: { name: name(), ...STEPS } },
    'PATCH /v1/workflows/{uuid}': {
      action: 'workflow.updated',
      ids: maker('/v1/workflows', STEPS),
      body: { risk_level: 'high' },
    },
    'DELETE /v1/workflows/{uuid}': {
      action: 'workflow.deleted',
      ids: maker('/v1/workflows', STEPS),
    },
    'POST /v1/workflows/{uuid}/execute': {
      action: 'workflow_run.created',
      ids: maker('/v1/workflows', STEPS),
      body: { reason: 'A test' },
    },
    'POST /v1/secrets': { action: 'secret.created', body: { name: name(), ...secret } },
    'PATCH /v1/secrets/{name}': {
      action: 'secret.updated',
      ids: async () => [await make('/v1/secrets', { name: name(), ...secret }, 'name')],
      body: { value: 's3cret-value-of-later' },
    },
    'DELETE /v1/secrets/{name}': {
      action: 'secret.deleted',
      ids: maker('/v1/secrets', secret, 'name'),
    },
    'POST /v1/workflow-approvals/{uuid}/approve': {
      action: 'approval.updated',
      ids: approval,
      body: { reason: 'Because.' },
    },
    'POST /v1/workflow-approvals/{uuid}/reject': {
      action: 'approval.updated',
      ids: approval,
      body: { reason: 'Because.' },
    },
  };
};
