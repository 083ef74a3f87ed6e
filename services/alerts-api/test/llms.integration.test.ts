import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERROR_CODES } from '@calseta/common';
import { insertAlert } from './insert-alert.js';
import { ADMIN_KEY, startAlertsApi, type TestAlertsApi } from './start-alerts-api.js';

let api: TestAlertsApi;
let page: string;
let alertUuid: string;
beforeAll(async () => {
  api = await startAlertsApi();
  page = await (await fetch(`${api.url}/llms.txt`)).text();
  alertUuid = await insertAlert(api.database);
});
afterAll(async () => await api[Symbol.asyncDispose]());

const section = (title: string): string =>
  page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
const blockOf = (title: string, kind: string): string =>
  new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'm').exec(section(title))?.[1] ?? '';
/** Names of the fields in the list below a line. */
const fieldsBelow = (title: string, line: string): string[] => {
  const text = section(title).split(`${line}\n\n`)[1]?.split('\n\n')[0] ?? '';
  return [...text.matchAll(/^- `(\w+)`/gm)].map(([, name]) => name ?? '');
};

type Answer = { data: Record<string, unknown>; code?: string };
async function run(command: string): Promise<Answer> {
  const env = {
    ...process.env,
    CALSETA: api.url,
    CALSETA_API_KEY: ADMIN_KEY,
    ALERT_UUID: alertUuid,
  };
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { env });
  return JSON.parse(stdout) as Answer;
}

describe('/llms.txt, followed to the letter', () => {
  test('leaves no placeholder open', () => {
    expect(page).not.toMatch(/\{\{|undefined/);
  });

  test('finds and reads an alert, whose fields it names', async () => {
    const found = await run(blockOf('Find alerts', 'sh'));
    expect(found.data).toContainEqual(expect.objectContaining({ uuid: alertUuid }));
    const { data } = await run(blockOf('Read an alert', 'sh'));
    expect(data['uuid']).toBe(alertUuid);
    const named = fieldsBelow('Read an alert', '`data` has:');
    expect(Object.keys(data).filter((name) => !named.includes(name))).toEqual([]);
  });

  test('posts the finding that it shows, whose fields it names', async () => {
    const { data } = await run(blockOf('Post a finding', 'sh'));
    expect(data).toMatchObject({ alert_uuid: alertUuid, confidence: 0.95 });
    const sent = fieldsBelow('Post a finding', 'The body has:');
    expect(sent).toEqual([
      'summary',
      'confidence',
      'recommended_actions',
      'details',
      'classification',
    ]);
    const named = fieldsBelow('Post a finding', '`data` of the answer has:');
    expect(Object.keys(data).filter((name) => !named.includes(name))).toEqual([]);
  });

  test('moves the status', async () => {
    const { data } = await run(blockOf('Move the status', 'sh'));
    expect(data['status']).toBe('Triaging');
  });

  test('shows the problem that a wrong body gets, and knows every code', async () => {
    const shown = JSON.parse(blockOf('Errors', 'json')) as Record<string, unknown>;
    const { body } = await api.call('POST', `/v1/alerts/${alertUuid}/findings`, {
      body: { summary: 'x', colour: 'red' },
    });
    expect({ ...body, trace_id: shown['trace_id'] }).toEqual(shown);
    for (const code of Object.keys(ERROR_CODES)) expect(section('Errors')).toContain(`\`${code}\``);
  });
});
