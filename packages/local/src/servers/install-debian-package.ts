import { existsSync } from 'node:fs';
import { type CommandResult, runCommand } from '../processes/run-command.js';

const POLICY_FILE = '/usr/sbin/policy-rc.d';
/** invoke-rc.d's answer for "do not start services". */
const NO_SERVICE_STARTS = '#!/bin/sh\nexit 101\n';
const APT_TIMEOUT_MS = 600_000;

/**
 * Installs a package where no confirmation is needed: on Debian and Ubuntu, as root or by sudo. Undefined
 * elsewhere. Services in the package are not started.
 */
export async function installDebianPackage(
  name: string,
  say: (line: string) => void,
): Promise<CommandResult | undefined> {
  const asRoot = await rootPrefix();
  if (!asRoot || !existsSync('/usr/bin/apt-get')) return undefined;

  say(`${name} is not installed here: installing it with apt-get`);
  const run = async (...command: string[]) => {
    const [program = '', ...args] = [...asRoot, ...command];
    return await runCommand(program, args, { timeoutMs: APT_TIMEOUT_MS });
  };
  return await withoutServiceStarts(run, async () => {
    const updated = await run('apt-get', 'update');
    if (updated.code !== 0) say('apt-get update failed; trying with the package lists at hand');
    return await run(
      ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '--yes'],
      ...['--no-install-recommends', name],
    );
  });
}

async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  const sudo = await runCommand('sudo', ['-n', 'true']).catch(() => undefined);
  return sudo?.code === 0 ? ['sudo', '-n'] : undefined;
}

/** A packaged service would use the default ports; ours uses private ones. An existing policy is kept. */
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
