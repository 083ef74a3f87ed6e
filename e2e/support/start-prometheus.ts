import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort, waitUntil } from '@calseta/local';
import { unpackDebianPackages } from '@calseta/testing';
import { stringify } from 'yaml';

export type Sample = { metric: Record<string, string>; value: number };
export type RuleState = {
  name: string;
  state: string;
  health: string;
  lastError?: string;
  lastEvaluation: string;
};
export type Prometheus = AsyncDisposable & {
  query: (expression: string) => Promise<Sample[]>;
  /** The alert rules that it was given, with their state. */
  rules: () => Promise<RuleState[]>;
  /** Health of each address that it scrapes. */
  targets: () => Promise<Record<string, string>>;
};

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const RULES = fileURLToPath(
  new URL('../../deploy/observability/prometheus-rules.yaml', import.meta.url),
);

/** The Prometheus of this machine, or that of Debian's package, unpacked; otherwise prints why not and is undefined. */
export async function findPrometheus(): Promise<string | undefined> {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'prometheus'))
    .find((path) => existsSync(path));
  if (onPath) return onPath;
  const root = await unpackDebianPackages('prometheus', ['prometheus']);
  if (root) return join(root, 'usr/bin/prometheus');
  process.stderr.write(
    'NOT CHECKED: the dashboard and the alert rules in a real Prometheus, which cannot be had here\n',
  );
  return undefined;
}

/** Scrapes the addresses (host:port) every second, and evaluates the alert rules of deploy/observability as often. */
export async function startPrometheus(
  program: string,
  addresses: readonly string[],
): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'calseta-scrapes-'));
  const listen = `127.0.0.1:${await findFreePort()}`;
  const configuration = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [RULES],
    scrape_configs: [{ job_name: 'calseta', static_configs: [{ targets: addresses }] }],
  };
  await writeFile(join(directory, 'prometheus.yml'), stringify(configuration));
  const child = spawn(
    program,
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${listen}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://${listen}${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error ?? answer.status}`);
    return answer.data;
  };
  const isReady = async () =>
    child.exitCode !== null ||
    (await fetch(`http://${listen}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ));
  const answered = await waitUntil(isReady, { timeoutMs: START_TIMEOUT_MS, intervalMs: 100 });
  const stop = async () => {
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    if (child.exitCode === null) child.kill('SIGTERM');
    await exited;
    clearTimeout(killing);
    await rm(directory, { recursive: true, force: true });
  };
  if (!answered || child.exitCode !== null) {
    await stop();
    throw new Error(`Prometheus did not start: ${errors}`);
  }
  return {
    async query(expression) {
      type Vector = { result: { metric: Record<string, string>; value: [number, string] }[] };
      const { result } = await ask<Vector>(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }));
    },
    async rules() {
      const { groups } = await ask<{ groups: { rules: RuleState[] }[] }>('/api/v1/rules');
      return groups.flatMap(({ rules }) => rules);
    },
    async targets() {
      type Targets = { activeTargets: { labels: { instance: string }; health: string }[] };
      const { activeTargets } = await ask<Targets>('/api/v1/targets');
      return Object.fromEntries(
        activeTargets.map(({ labels, health }) => [labels.instance, health]),
      );
    },
    [Symbol.asyncDispose]: stop,
  };
}
