import { newUuid } from '@calseta/common';
import { callApi } from '../../system/call-api.js';
import { type Target } from '../target/start-target.js';
import { makeResources } from './make-resources.js';

const ALERTS = 20;
const DAY_MS = 86_400_000;

const inADay = (): string => new Date(Date.now() + DAY_MS).toISOString();

/** Makes some of everything that has a path of its own: rows to read, change and delete. */
export async function makeRows(target: Target): Promise<void> {
  await makeResources(target);
  const make = async (path: string, body: object): Promise<Record<string, string>> =>
    await callApi<Record<string, string>>(target, 'POST', `/v1/${path}`, body);
  const name = `drawn_${newUuid().slice(-8)}`;
  const address = '198.51.100.78';
  await Promise.all(
    Array.from({ length: ALERTS }, async (_, index) => {
      const sent = { title: `${name} ${index}`, src_ip: address, actor_email: 'a@corp.example' };
      await make('ingest/generic', sent);
    }),
  );
  const source = `sources/${name}`;
  await make('sources', { name, field_mapping: { fields: { title: 'title' } } });
  await Promise.all([
    make(`${source}/url-tokens`, { name }),
    make(`${source}/hmac-secrets`, {}),
    make('secrets', { name, value: 'x', allowed_origins: ['http://127.0.0.1:8999'] }),
    make('mutes', {
      rule: { all: [{ field: 'title', op: 'eq', value: name }] },
      until: inADay(),
      reason: name,
    }),
    make('threat-lists', { name, verdict: 'deny', content: `value\n${address}` }),
    make('approvers', { name, principal: name }),
    makeRun(target, name),
  ]);
}

/** A run that waits for a decision. */
async function makeRun(target: Target, name: string): Promise<void> {
  const make = async (path: string, body: object): Promise<{ uuid: string }> =>
    await callApi<{ uuid: string }>(target, 'POST', `/v1/workflows${path}`, body);
  const { uuid } = await make('', {
    name: `${name} with steps`,
    steps: [{ name: 'ask', method: 'GET', url: 'http://127.0.0.1:8999/' }],
  });
  await make(`/${uuid}/execute`, { reason: 'To have a run.' });
}
