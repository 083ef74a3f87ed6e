import { runCommand } from '../processes/run-command.js';

type UserIds = { uid: number; gid: number };

/** User that runs the Postgres programs and owns the data; `become` is the command prefix for that user. */
export type PostgresUser = {
  owner?: UserIds;
  become(
    command: string,
    args: string[],
  ): { command: string; args: string[]; ids: Partial<UserIds> };
};

const USER_NAME = 'postgres';
const CAN_PASS = 'for path; do [ -x "$path" ] || exit 1; done';

/**
 * PostgreSQL refuses to run as root: then it runs as the user `postgres`, which is created if missing.
 * If that user cannot reach the files (a clone below /root), it keeps root's right to pass directories.
 */
export async function choosePostgresUser(mustReach: string[]): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) {
    return { become: (command, args) => ({ command, args, ids: {} }) };
  }
  const owner = (await lookUp()) ?? (await create());
  const reach = await runCommand('/bin/sh', ['-c', CAN_PASS, 'sh', ...mustReach], owner);
  if (reach.code === 0) {
    return { owner, become: (command, args) => ({ command, args, ids: owner }) };
  }
  const ids = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const rights = ['--inh-caps=-all,+dac_override', '--ambient-caps=-all,+dac_override'];
  // Otherwise access(2), which initdb uses to find its programs, ignores that right.
  rights.push('--securebits=+no_setuid_fixup');
  return {
    owner,
    become: (command, args) => ({
      command: 'setpriv',
      args: [...ids, ...rights, '--', command, ...args],
      ids: {},
    }),
  };
}

async function lookUp(): Promise<UserIds | undefined> {
  const [user, group] = await Promise.all([
    runCommand('id', ['-u', USER_NAME]),
    runCommand('id', ['-g', USER_NAME]),
  ]);
  if (user.code !== 0 || group.code !== 0) return undefined;
  return { uid: Number(user.output), gid: Number(group.output) };
}

async function create(): Promise<UserIds> {
  const added = await runCommand('useradd', [
    '--system',
    '--user-group',
    '--shell',
    '/bin/false',
    USER_NAME,
  ]);
  const created = await lookUp();
  if (created) return created;
  throw new Error(
    `PostgreSQL does not run as root, and the user "${USER_NAME}" could not be created: ` +
      `${added.output.trim()}. Create it, run as another user, or set DATABASE_URL.`,
  );
}
