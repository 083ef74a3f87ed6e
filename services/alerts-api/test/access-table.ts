import { SCOPES, type Scope } from '@calseta/common';

export type Access = {
  /** `any`: every key, whatever its scopes. */
  scope: Scope | 'any';
  /** Fields of the body that need an additional scope. */
  fields?: Record<string, Scope>;
  keyType?: 'human';
  /** The scope that a key needs besides, unless it is of the agent in the path. */
  unlessOwnAgent?: Scope;
};

const CONFIGURATION = {
  'GET /v1/indicator-mappings': 'alerts:read',
  'POST /v1/indicator-mappings': 'config:write',
  'GET /v1/indicator-mappings/{uuid}': 'alerts:read',
  'PATCH /v1/indicator-mappings/{uuid}': 'config:write',
  'DELETE /v1/indicator-mappings/{uuid}': 'config:write',
  'GET /v1/threat-lists': 'alerts:read',
  'POST /v1/threat-lists': 'config:write',
  'GET /v1/threat-lists/{uuid}': 'alerts:read',
  'PATCH /v1/threat-lists/{uuid}': 'config:write',
  'DELETE /v1/threat-lists/{uuid}': 'config:write',
  'GET /v1/threat-lists/{uuid}/entries': 'alerts:read',
  'PUT /v1/threat-lists/{uuid}/content': 'config:write',
  'POST /v1/indicator-mappings/test': {
    scope: 'alerts:read',
    fields: { mappings: 'config:write' },
  },
  'GET /v1/detection-rules': 'alerts:read',
  'POST /v1/detection-rules': 'config:write',
  'POST /v1/detection-rules/import': 'config:write',
  'GET /v1/detection-rules/{uuid}': 'alerts:read',
  'PATCH /v1/detection-rules/{uuid}': 'config:write',
  'DELETE /v1/detection-rules/{uuid}': 'config:write',
  'GET /v1/context-documents': 'alerts:read',
  'POST /v1/context-documents': 'config:write',
  'GET /v1/context-documents/{uuid}': 'alerts:read',
  'GET /v1/context-documents/{uuid}/versions': 'alerts:read',
  'GET /v1/context-documents/{uuid}/versions/{version}': 'alerts:read',
  'PATCH /v1/context-documents/{uuid}': 'config:write',
  'DELETE /v1/context-documents/{uuid}': 'config:write',
  'POST /v1/rules/test': 'alerts:read',
  'GET /v1/agents/{uuid}/explain': 'agents:read',
  'GET /v1/metrics/summary': 'alerts:read',
  'GET /v1/metrics/sources': 'alerts:read',
  'GET /v1/metrics/detection-rules': 'alerts:read',
  'GET /v1/mutes': 'alerts:read',
  'POST /v1/mutes': 'config:write',
  'GET /v1/mutes/{uuid}': 'alerts:read',
  'DELETE /v1/mutes/{uuid}': 'config:write',
  'GET /v1/workflows': 'workflows:read',
  'POST /v1/workflows': 'workflows:write',
  'GET /v1/workflows/{uuid}': 'workflows:read',
  'PATCH /v1/workflows/{uuid}': 'workflows:write',
  'DELETE /v1/workflows/{uuid}': 'workflows:write',
  'GET /v1/workflows/{uuid}/versions': 'workflows:read',
  'GET /v1/workflows/{uuid}/versions/{version}': 'workflows:read',
  'POST /v1/workflows/{uuid}/execute': 'workflows:execute',
  'POST /v1/workflows/{uuid}/test': 'workflows:write',
  'GET /v1/workflow-runs': 'workflows:read',
  'GET /v1/workflow-runs/{uuid}': 'workflows:read',
  'GET /v1/secrets': 'secrets:write',
  'POST /v1/secrets': 'secrets:write',
  'GET /v1/secrets/{name}': 'secrets:write',
  'PATCH /v1/secrets/{name}': 'secrets:write',
  'DELETE /v1/secrets/{name}': 'secrets:write',
} as const satisfies Record<string, Scope | Access>;

const ADMINISTRATION = {
  'GET /v1/sources': 'alerts:read',
  'POST /v1/sources': 'admin',
  'POST /v1/sources/test': { scope: 'alerts:read', fields: { field_mapping: 'admin' } },
  'GET /v1/sources/{name}': 'alerts:read',
  'PATCH /v1/sources/{name}': 'admin',
  'DELETE /v1/sources/{name}': 'admin',
  'POST /v1/sources/{name}/url-tokens': { scope: 'admin', keyType: 'human' },
  'GET /v1/sources/{name}/url-tokens': 'admin',
  'DELETE /v1/sources/{name}/url-tokens/{id}': 'admin',
  'POST /v1/sources/{name}/hmac-secrets': 'admin',
  'DELETE /v1/sources/{name}/hmac-secrets/{id}': 'admin',
  'GET /v1/workflow-approvals': 'workflows:read',
  'GET /v1/workflow-approvals/{uuid}': 'workflows:read',
  'POST /v1/workflow-approvals/{uuid}/approve': { scope: 'approvals:write', keyType: 'human' },
  'POST /v1/workflow-approvals/{uuid}/reject': { scope: 'approvals:write', keyType: 'human' },
  'GET /v1/audit': 'audit:read',
  'GET /v1/audit/verify': 'audit:read',
  'GET /v1/approvers': 'admin',
  'POST /v1/approvers': { scope: 'admin', keyType: 'human' },
  'GET /v1/approvers/{uuid}': 'admin',
  'PATCH /v1/approvers/{uuid}': { scope: 'admin', keyType: 'human' },
  'DELETE /v1/approvers/{uuid}': { scope: 'admin', keyType: 'human' },
  'POST /v1/api-keys': { scope: 'admin', keyType: 'human' },
  'GET /v1/api-keys': 'admin',
  'GET /v1/api-keys/{id}': 'admin',
  'PATCH /v1/api-keys/{id}': { scope: 'admin', keyType: 'human' },
  'POST /v1/api-keys/{id}/rotate': { scope: 'admin', keyType: 'human' },
  'DELETE /v1/api-keys/{id}': 'admin',
} as const satisfies Record<string, Scope | Access>;

const ALERTS_AND_AGENTS = {
  'POST /v1/ingest/{source_name}': 'alerts:ingest',
  'POST /v1/ingest/{source_name}/{url_token}': 'alerts:ingest',
  'GET /v1/me': 'any',
  'GET /v1/alerts': 'alerts:read',
  'POST /v1/alerts': 'alerts:ingest',
  'GET /v1/stream': 'alerts:read',
  'PATCH /v1/alerts': 'alerts:triage',
  'GET /v1/alerts/{uuid}': 'alerts:read',
  'PATCH /v1/alerts/{uuid}': {
    scope: 'alerts:triage',
    fields: { malice_override: 'config:write' },
  },
  'GET /v1/alerts/{uuid}/raw': 'alerts:read',
  'GET /v1/alerts/{uuid}/context': 'alerts:read',
  'GET /v1/alerts/{uuid}/indicators': 'alerts:read',
  'POST /v1/alerts/{uuid}/indicators': 'alerts:write',
  'GET /v1/alerts/{uuid}/occurrences': 'alerts:read',
  'GET /v1/alerts/{uuid}/occurrences/{occurrence_uuid}/raw': 'alerts:read',
  'DELETE /v1/alerts/{uuid}': 'admin',
  'GET /v1/alerts/{uuid}/activity': 'alerts:read',
  'GET /v1/alerts/{uuid}/deliveries': 'alerts:read',
  'GET /v1/alerts/{uuid}/relationship-graph': 'alerts:read',
  'GET /v1/alerts/{uuid}/comments': 'alerts:triage',
  'POST /v1/alerts/{uuid}/comments': 'alerts:triage',
  'GET /v1/alerts/{uuid}/findings': 'alerts:read',
  'POST /v1/alerts/{uuid}/findings': 'findings:write',
  'POST /v1/alerts/{uuid}/replay': 'alerts:write',
  'POST /v1/alerts/{uuid}/reparse': 'alerts:write',
  'POST /v1/alerts/{uuid}/enrich': 'alerts:write',
  'POST /v1/sources/{name}/reparse': 'alerts:write',
  'POST /v1/sources/{name}/subscriptions/{id}/confirm': 'admin',
  'GET /v1/indicators': 'alerts:read',
  'GET /v1/indicators/{uuid}': 'alerts:read',
  'GET /v1/indicators/{uuid}/enrichment/{provider}/raw': 'alerts:read',
  'PATCH /v1/indicators/{uuid}': 'config:write',
  'POST /v1/enrichments': 'enrichments:read',
  'GET /v1/enrichment-providers': 'enrichments:read',
  'POST /v1/enrichment-providers': 'admin',
  'GET /v1/enrichment-providers/{uuid}': 'enrichments:read',
  'GET /v1/enrichment-providers/{uuid}/versions': 'enrichments:read',
  'GET /v1/enrichment-providers/{uuid}/versions/{version}': 'enrichments:read',
  'PATCH /v1/enrichment-providers/{uuid}': 'admin',
  'DELETE /v1/enrichment-providers/{uuid}': 'admin',
  'POST /v1/enrichment-providers/{uuid}/test': 'admin',
  'GET /v1/agents': 'agents:read',
  'POST /v1/agents': 'agents:write',
  'GET /v1/agents/{uuid}': 'agents:read',
  'PATCH /v1/agents/{uuid}': 'agents:write',
  'DELETE /v1/agents/{uuid}': 'agents:write',
  'POST /v1/agents/{uuid}/test': 'agents:write',
  'POST /v1/agents/{uuid}/rotate-secret': 'agents:write',
  'POST /v1/agents/{uuid}/replay': 'agents:write',
  'POST /v1/alerts/{uuid}/dispatch': 'agents:write',
  'POST /v1/agents/{uuid}/lease': { scope: 'alerts:read', unlessOwnAgent: 'admin' },
  'POST /v1/agents/{uuid}/ack': { scope: 'alerts:read', unlessOwnAgent: 'admin' },
  'POST /v1/agents/{uuid}/nack': { scope: 'alerts:read', unlessOwnAgent: 'admin' },
  'POST /v1/agents/{uuid}/extend': { scope: 'alerts:read', unlessOwnAgent: 'admin' },
  'GET /v1/agents/{uuid}/scorecard': { scope: 'alerts:read', unlessOwnAgent: 'agents:read' },
  'GET /v1/deliveries': 'agents:read',
  'GET /v1/deliveries/{uuid}': 'agents:read',
  'POST /v1/deliveries/{uuid}/retry': 'agents:write',
} as const satisfies Record<string, Scope | 'any' | Access>;

/** Required access by method and path; a route that is missing here fails the test. */
export const ACCESS: Record<string, Access> = Object.fromEntries(
  Object.entries<Scope | 'any' | Access>({
    ...ALERTS_AND_AGENTS,
    ...CONFIGURATION,
    ...ADMINISTRATION,
  }).map(([route, access]) => [route, typeof access === 'string' ? { scope: access } : access]),
);

const MORE: Partial<Record<Scope, readonly Scope[]>> = {
  'alerts:write': ['alerts:write', 'alerts:ingest', 'findings:write', 'alerts:triage'],
  admin: SCOPES,
};
/** All scopes that a key with this scope has. */
export const allowedBy = (held: Scope): readonly (Scope | 'any')[] => [
  ...(MORE[held] ?? [held]),
  'any',
];

type Operation = {
  'x-scope'?: Scope | 'any';
  'x-field-scopes'?: Record<string, Scope>;
  'x-key-type'?: 'human';
  'x-unless-own-agent'?: Scope;
};

/** The same access as an OpenAPI document declares it. */
export const accessOfDocument = (paths: Record<string, Record<string, Operation>>): unknown =>
  Object.fromEntries(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        {
          scope: operation['x-scope'],
          ...(operation['x-field-scopes'] && { fields: operation['x-field-scopes'] }),
          ...(operation['x-key-type'] && { keyType: operation['x-key-type'] }),
          ...(operation['x-unless-own-agent'] && {
            unlessOwnAgent: operation['x-unless-own-agent'],
          }),
        },
      ]),
    ),
  );
