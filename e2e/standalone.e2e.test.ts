import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@calseta/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SEED_ALERT } from './support/seed.js';
import { type Standalone, startStandalone } from './support/start-standalone.js';

const STOPS_WITHIN_MS = 10_000;
const STARTS_AGAIN_WITHIN_MS = 20_000;
const MAX_IDLE_MEGABYTES = 600;

let dataDir: string;
let standalone: Standalone | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'calseta-standalone-'));
});
afterAll(async () => {
  standalone?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resident memory of a process and all that it started. */
function megabytesOf(root: number): number {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const family = new Set([root]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const [pid, parent] of rows) if (family.has(parent)) family.add(pid);
  }
  const kilobytes = rows.reduce((sum, [pid, , rss]) => sum + (family.has(pid) ? rss : 0), 0);
  return kilobytes / 1_024;
}

describe('standalone', () => {
  let firstAlerts: string[];

  test('shows a verified push of a sample alert, and what to type next, on its first start', async () => {
    standalone = await startStandalone(dataDir);
    await eventually(() => expect(standalone!.output()).toContain('Send an alert:'), {
      timeoutMs: 20_000,
    });
    expect(standalone.output()).toContain('received a push, signature verified (webhook-id msg_');
    expect(standalone.output()).toContain('"event": "alert.enriched"');
    expect(standalone.output()).not.toContain('shown once');

    await standalone.api.ask('POST', '/v1/ingest/generic', JSON.parse(SEED_ALERT));
    await eventually(() => expect(standalone!.output().match(/received a push/g)).toHaveLength(2));
    const alerts = await standalone.api.ask<{ uuid: string }[]>('GET', '/v1/alerts');
    firstAlerts = alerts.map(({ uuid }) => uuid);
    expect(firstAlerts).toHaveLength(2);
  });

  test('reports all five services and its one process on one page', async () => {
    const page = await (await fetch(`${standalone!.url}/metrics`)).text();
    const times = (line: string) => page.split('\n').filter((one) => one === line).length;
    expect(times('# TYPE process_cpu_seconds_total counter')).toBe(1);
    for (const service of ['extractor', 'enricher', 'dispatcher']) {
      expect(times(`calseta_sweep_failures_total{subscription="${service}"} 0`)).toBe(1);
    }
    expect(page).toContain('calseta_alerts_ingested_total{source="okta",status="queued"} 0');
    expect(page).toContain('calseta_http_requests_total{method="GET",route="/v1/alerts",status=');
  });

  test('listens on 127.0.0.1 unless it is told otherwise', async () => {
    // Another address of this machine; only a server that listens on all addresses is reachable there.
    const elsewhere = standalone!.url.replace('127.0.0.1', '127.0.0.2');
    await expect(fetch(`${elsewhere}/livez`)).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    });
    expect((await fetch(`${standalone!.url}/livez`)).status).toBe(200);
    expect(standalone!.output()).toContain('Only this machine can reach it');
  });

  test('ends on Ctrl-C, and its Postgres with it', async () => {
    const postgresPid = await standalone!.postgresPid();
    expect(isRunning(postgresPid)).toBe(true);
    const { code, durationMs } = await standalone!.interrupt();
    expect(code).toBe(0);
    expect(durationMs).toBeLessThan(STOPS_WITHIN_MS);
    expect(isRunning(postgresPid)).toBe(false);
  });

  test('starts again in seconds with its data, and without the demonstration when told so', async () => {
    standalone = await startStandalone(dataDir, { CALSETA_DEMO: 'false', HTTP_HOST: '0.0.0.0' });
    const elsewhere = standalone.url.replace('127.0.0.1', '127.0.0.2');
    expect((await fetch(`${elsewhere}/livez`)).status).toBe(200);
    expect(standalone.readyAfterMs).toBeLessThan(STARTS_AGAIN_WITHIN_MS);
    const kept = await standalone.api.ask<{ uuid: string }[]>('GET', '/v1/alerts');
    expect(kept.map(({ uuid }) => uuid)).toEqual(firstAlerts);
    expect(megabytesOf(standalone.pid)).toBeLessThan(MAX_IDLE_MEGABYTES);

    const { alert_uuid: uuid } = await standalone.api.ask<{ alert_uuid: string }>(
      'POST',
      '/v1/ingest/generic',
      { title: 'After the second start' },
    );
    await eventually(async () => {
      const alert = await standalone!.api.ask('GET', `/v1/alerts/${uuid}`);
      expect(alert).toMatchObject({ pipeline_stage: 'dispatched' });
    });
    expect(standalone.output()).not.toContain('push, signature verified');
    expect(standalone.output()).not.toContain('sample alert');
    expect((await standalone.interrupt()).code).toBe(0);
  });

  test('verifies pushes after another start, on another port and with another secret', async () => {
    standalone = await startStandalone(dataDir);
    await eventually(
      () => expect(standalone!.output()).toContain('received a push, signature verified'),
      { timeoutMs: 20_000 },
    );
    expect((await standalone.interrupt()).code).toBe(0);
  });

  test('closes loopback too when CALSETA_EGRESS_ALLOW is set but empty', async () => {
    standalone = await startStandalone(dataDir, { CALSETA_EGRESS_ALLOW: '' });
    expect(standalone.output()).toContain('Webhooks may go to public addresses only.');
    await eventually(() => expect(standalone!.output()).toContain('The echo agent is left out'));
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const body = { name: 'Too near', webhook_url: `http://${host}:9000/` };
      const answer = await standalone.api.call('POST', '/v1/agents', { body });
      expect([answer.status, answer.body['code']]).toEqual([422, 'url.not_allowed']);
    }
    expect((await standalone.interrupt()).code).toBe(0);
  });
});
