import { newUuid } from '@calseta/common';
import { callApi } from '../../system/call-api.js';
import { type Target } from '../target/start-target.js';

/** Id of the resource of each kind that is changed: `agents` → its uuid. */
export type Ids = Record<string, string>;

/** Makes a resource of each kind that has a body. */
export async function makeResources(target: Target): Promise<Ids> {
  const make = async (collection: string, body: object): Promise<Record<string, string>> =>
    await callApi<Record<string, string>>(target, 'POST', `/v1/${collection}`, body);
  const name = `fuzzed-${newUuid().slice(-8)}`;
  const [agent, document, rule, workflow, mapping, source, key, alert] = await Promise.all([
    make('agents', { name, webhook_url: 'http://127.0.0.1:8999/', is_active: false }),
    make('context-documents', { title: name, doc_type: 'other', content: 'x', is_global: true }),
    make('detection-rules', { name }),
    make('workflows', { name }),
    make('indicator-mappings', { path: 'fuzzed', indicator_type: 'domain', is_active: false }),
    make('sources', { name, field_mapping: { fields: { title: 'title' } } }),
    make('api-keys', { name, scopes: ['alerts:read'] }),
    make('ingest/generic', { title: name, src_ip: '198.51.100.77' }),
  ]);
  return {
    agents: agent['uuid'] ?? '',
    'context-documents': document['uuid'] ?? '',
    'detection-rules': rule['uuid'] ?? '',
    workflows: workflow['uuid'] ?? '',
    'indicator-mappings': mapping['uuid'] ?? '',
    sources: source['name'] ?? '',
    'api-keys': key['id'] ?? '',
    alerts: alert['alert_uuid'] ?? '',
    ingest: name,
  };
}
