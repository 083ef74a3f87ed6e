import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installDebianPackage } from './install-debian-package.js';

export type RabbitmqPrograms = { server: string; ctl: string };

/** Debian's own directory comes first: its wrapper in /usr/sbin changes the user and supports only one node. */
const UNWRAPPED_DIRECTORY = '/usr/lib/rabbitmq/bin';

/** The RabbitMQ programs of this machine, if installed. */
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

/** Finds rabbitmq-server, or installs it without confirmation: on Debian and Ubuntu, as root or by sudo. */
export async function ensureRabbitmqInstalled(
  say: (line: string) => void,
): Promise<RabbitmqPrograms> {
  const found = findRabbitmq();
  if (found) return found;
  const installed = await installDebianPackage('rabbitmq-server', say);
  if (!installed) throw new Error(INSTRUCTIONS);
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

const lastLines = (text: string) => text.trimEnd().split('\n').slice(-10).join('\n');
