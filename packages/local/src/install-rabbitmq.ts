import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type CommandResult, runCommand } from './run-command.js';

export type RabbitmqPrograms = { server: string; ctl: string };

/** Debian's own place comes first: its wrapper in /usr/sbin changes the user and knows one node only. */
const UNWRAPPED_DIRECTORY = '/usr/lib/rabbitmq/bin';
const POLICY_FILE = '/usr/sbin/policy-rc.d';
/** invoke-rc.d's answer for "do not start services". */
const NO_SERVICE_STARTS = '#!/bin/sh\nexit 101\n';
const APT_TIMEOUT_MS = 600_000;

/** The RabbitMQ programs of this machine, if it has any. */
export function findRabbitmq(): RabbitmqPrograms | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  for (const directory of [UNWRAPPED_DIRECTORY, ...path]) {
    const programs = {
      server: join(directory, 'rabbitmq-server'),
      ctl: join(directory, 'rabbitmqctl'),
    };
    if (existsSync(programs.server)) return programs;
  }
  return undefined;
}

/** Finds rabbitmq-server, or installs it where that can be done unasked: Debian and Ubuntu, as root or by sudo. */
export async function ensureRabbitmqInstalled(
  say: (line: string) => void,
): Promise<RabbitmqPrograms> {
  const found = findRabbitmq();
  if (found) return found;
  const asRoot = await rootPrefix();
  if (!asRoot || !existsSync('/usr/bin/apt-get')) throw new Error(INSTRUCTIONS);

  say('RabbitMQ is not installed here: installing it with apt-get');
  const run = async (...command: string[]) => {
    const [program = '', ...args] = [...asRoot, ...command];
    return await runCommand(program, args, { timeoutMs: APT_TIMEOUT_MS });
  };
  const installed = await withoutServiceStarts(run, async () => {
    const updated = await run('apt-get', 'update');
    if (updated.code !== 0) say('apt-get update failed; trying with the package lists at hand');
    return await run(
      ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '--yes'],
      ...['--no-install-recommends', 'rabbitmq-server'],
    );
  });
  const programs = findRabbitmq();
  if (installed.code === 0 && programs) {
    say('RabbitMQ is installed');
    return programs;
  }
  throw new Error(`${INSTRUCTIONS}\napt-get said:\n${lastLines(installed.output)}`);
}

const INSTRUCTIONS =
  'RabbitMQ is needed and was not found. Do one of these and start again:\n' +
  '  - install it: `sudo apt-get install rabbitmq-server`, `brew install rabbitmq`, or see rabbitmq.com\n' +
  '  - start a Docker engine (the tests then use containers)\n' +
  '  - name a server: AMQP_URL (npm run cluster) or TEST_AMQP_URL (npm test)';

async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = await runCommand('sudo', ['-n', 'true']).catch(() => undefined);
  return sudo?.code === 0 ? ['sudo', '-n'] : undefined;
}

/** The package starts a server of its own on port 5672; ours is a private one. A policy that exists is kept. */
async function withoutServiceStarts(
  run: (...command: string[]) => Promise<CommandResult>,
  install: () => Promise<CommandResult>,
): Promise<CommandResult> {
  if (existsSync(POLICY_FILE)) return await install();
  await run(
    'sh',
    '-c',
    `set -C; printf '%s' "$0" > ${POLICY_FILE}; chmod 755 ${POLICY_FILE}`,
    NO_SERVICE_STARTS,
  );
  try {
    return await install();
  } finally {
    await run('rm', '-f', POLICY_FILE);
  }
}

const lastLines = (text: string) => text.trimEnd().split('\n').slice(-10).join('\n');
