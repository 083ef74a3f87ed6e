import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findFreePort, installDebianPackage, waitUntil } from '@calseta/local';
import { readText } from './compose-file.js';

export type Nginx = AsyncDisposable & { url: string; port: number };

const START_TIMEOUT_MS = 10_000;
const say = (line: string) => void process.stderr.write(`${line}\n`);

/** The nginx of this machine, installed if no confirmation is needed; otherwise prints why and is undefined. */
export async function ensureNginx(): Promise<string | undefined> {
  const program = findNginx();
  if (program) return program;
  await installDebianPackage('nginx-light', say);
  const installed = findNginx();
  if (!installed)
    say('NOT CHECKED: deploy/gateway/nginx.conf. There is no nginx here; install it.');
  return installed;
}

function findNginx(): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return directories.map((directory) => join(directory, 'nginx')).find((path) => existsSync(path));
}

/** Runs the configuration of docker compose with another name server and other ports. */
export async function startNginx(
  program: string,
  { nameServer, servicePort }: { nameServer: string; servicePort: number },
): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'calseta-nginx-'));
  const port = await findFreePort();
  const configuration = readText('deploy/gateway/nginx.conf')
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replace('resolver 127.0.0.11', `resolver ${nameServer}`)
    .replaceAll('-api:8000', `-api:${servicePort}`)
    .replace('/dev/stdout', join(directory, 'access.log'))
    .replace('/dev/stderr', join(directory, 'error.log'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  const main = [
    `daemon off; pid ${join(directory, 'pid')}; events {}`,
    `http { ${temporary.join(' ')}\n${configuration}}`,
  ];
  await writeFile(join(directory, 'nginx.conf'), main.join('\n'));
  const log = join(directory, 'start.log');
  const child = spawn(program, ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', log]);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => child.exitCode !== null || (await answers(url));
  await waitUntil(isUp, { timeoutMs: START_TIMEOUT_MS, intervalMs: 20 });
  if (child.exitCode !== null) throw new Error(`nginx ended: ${await readFile(log, 'utf8')}`);
  return {
    url,
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const answers = async (url: string) =>
  await fetch(`${url}/metrics`).then(
    () => true,
    () => false,
  );
