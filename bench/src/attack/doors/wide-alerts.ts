import { waitUntil } from '@calseta/local';
import { all } from '../../report/goals.js';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Door } from '../door.js';
import { removeAll } from '../remove-all.js';
import { type Target } from '../target/start-target.js';

const SIZES = {
  full: { mappings: 60, documents: 40, alerts: 3 },
  short: { mappings: 10, documents: 10, alerts: 1 },
};
/** `r[*][*][*]` matches each of 68³ empty objects, three bytes each: 960 kB in all. */
const WIDTH = 68;
/** From each of them, a path continues with one key or with several that are written as one. */
const DEEP = '.a'.repeat(27);
const CONDITIONS = 50;
const TITLE_CHARACTERS = 900_000;
const EXTRACTED_TIMEOUT_MS = 120_000;

export const wideAlerts: Door = {
  name: 'wide-alerts',
  summary:
    'Wildcard mappings and many rules meet alerts of 960 kB that match everywhere and nowhere',
  async attack({ target, size }) {
    const { mappings, documents, alerts } = SIZES[size];
    for (let index = 0; index < mappings; index += 1)
      await callApi(target, 'POST', '/v1/indicator-mappings', {
        path: `r[*][*][*].z${index}${DEEP}`,
        indicator_type: 'domain',
      });
    for (let index = 0; index < documents; index += 1)
      await callApi(target, 'POST', '/v1/context-documents', {
        title: `Rules ${index}`,
        doc_type: 'other',
        content: 'x',
        targeting_rules: { any: conditions(index) },
      });
    await configEffective();
    const ids: string[] = [];
    for (let index = 0; index < alerts; index += 1) {
      ids.push(await send(target, { title: `Wide ${index}`, r: wide() }));
      ids.push(await send(target, { title: `Long ${index} ${'t'.repeat(TITLE_CHARACTERS)}` }));
    }
    let finished = 0;
    const areFinished = async () => {
      const done = new Set(await dispatched(target));
      finished = ids.filter((id) => done.has(id)).length;
      return finished === ids.length;
    };
    await waitUntil(areFinished, { timeoutMs: EXTRACTED_TIMEOUT_MS, intervalMs: 500 });
    await removeAll(target, '/v1/indicator-mappings');
    await removeAll(target, '/v1/context-documents');
    return {
      goals: [all('alerts that went all the way', finished, ids.length)],
      notes: [
        `${mappings} mappings of the form r[*][*][*].z.a.a… over ${WIDTH ** 3} places, ${documents} documents with ${CONDITIONS} conditions each.`,
      ],
    };
  },
};

const conditions = (document: number): object[] =>
  Array.from({ length: CONDITIONS }, (_, index) => ({
    field: 'title',
    op: 'contains',
    value: `${'t'.repeat(100)}${document}-${index}`,
  }));

const wide = (): object[][][] =>
  Array.from({ length: WIDTH }, () =>
    Array.from({ length: WIDTH }, () => Array.from({ length: WIDTH }, () => ({}))),
  );

async function send(target: Target, alert: object): Promise<string> {
  const path = '/v1/ingest/generic';
  const answer = await callApi<{ alert_uuid: string }>(target, 'POST', path, alert);
  return answer.alert_uuid;
}

/** The latest alerts that have passed the whole pipeline. */
async function dispatched(target: Target): Promise<string[]> {
  const path = '/v1/alerts?pipeline_stage=dispatched&page_size=100';
  const alerts = await callApi<{ uuid: string }[]>(target, 'GET', path);
  return alerts.map(({ uuid }) => uuid);
}
