import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { findFreePort } from '../processes/free-port.js';
import { ensureRabbitmqInstalled } from './install-rabbitmq.js';
import { awaitNodeEnd, pidFile } from './rabbitmq-lock.js';
import { restartable } from '../processes/restartable.js';
import { runCommand } from '../processes/run-command.js';
import { type LocalServer } from './local-server.js';
import { type ServerProcess, spawnServer } from '../processes/spawn-server.js';
import { waitUntil } from '../processes/wait-until.js';

/** `url` is that of the default virtual host. */
export type RabbitmqServer = LocalServer & {
  /** Result of `rabbitmqctl eval` for an Erlang expression. */
  evaluate: (expression: string) => Promise<string>;
  /** Creates a virtual host and returns its URL. */
  createVhost: (name: string) => Promise<string>;
  /** Deletes it, and returns the number of connections to it that were still open. */
  deleteVhost: (name: string) => Promise<number>;
};

type RabbitmqOptions = {
  dir: string;
  port?: number | undefined;
  /** Lines of rabbitmq.conf. */
  settings?: readonly string[];
  say?: (line: string) => void;
};

const START_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 1_000;
const COMMAND_TIMEOUT_MS = 30_000;
const PROTOCOL_HEADER = 'AMQP\0\0\x09\x01';
const VHOST_NAME = /^[\w-]{1,80}$/;

/** Starts a private RabbitMQ node with its own ports, directory and name server, beside any other node. */
export async function startRabbitmq(options: RabbitmqOptions): Promise<RabbitmqServer> {
  const programs = await ensureRabbitmqInstalled(options.say ?? (() => undefined));
  const dir = resolve(options.dir);
  await awaitNodeEnd(dir);
  const port = options.port ?? (await findFreePort());
  const namePort = await findFreePort();
  const ports = { port, namePort, nodePort: await findFreePort() };
  const env = await prepare(dir, ports, options.settings ?? []);
  const url = (vhost: string) =>
    `amqp://guest:guest@127.0.0.1:${port}/${encodeURIComponent(vhost)}`;

  const names = await spawnServer({
    command: 'epmd',
    args: ['-port', String(namePort)],
    ids: {},
    env,
    output: { file: join(dir, 'epmd.log') },
    stopSignal: 'SIGTERM',
  });
  const launch = async () => {
    const server = await spawnServer({
      command: programs.server,
      args: [],
      ids: {},
      env,
      output: { file: join(dir, 'rabbitmq.log') },
      stopSignal: 'SIGTERM',
      losesSignals: true,
    });
    const isUp = async () => server.hasExited() || (await speaksAmqp(port));
    await waitUntil(isUp, { timeoutMs: START_TIMEOUT_MS, intervalMs: 50 });
    if (!server.hasExited() && (await speaksAmqp(port))) return server;
    const log = await server.outputTail();
    await server.kill();
    throw new Error(`RabbitMQ did not start on port ${port} with ${dir}:\n${log}`);
  };
  let first: ServerProcess;
  try {
    first = await launch();
  } catch (error) {
    await names.kill();
    throw error;
  }
  const server = restartable(first, { launch, stopTimeoutMs: STOP_TIMEOUT_MS });

  const evaluate = async (expression: string) => {
    const result = await runCommand(programs.ctl, ['eval', expression], {
      env,
      timeoutMs: COMMAND_TIMEOUT_MS,
    });
    if (result.code !== 0) throw new Error(`rabbitmqctl eval failed: ${result.output.trim()}`);
    return result.output;
  };
  const stop = async () => {
    await server.stop();
    await names.kill();
  };
  return {
    ...server,
    url: url('/'),
    port,
    stop,
    evaluate,
    async createVhost(name) {
      await evaluate(createVhostExpression(name));
      return url(name);
    },
    deleteVhost: async (name) => Number(await evaluate(deleteVhostExpression(name))),
    [Symbol.asyncDispose]: stop,
  };
}

/** For `rabbitmqctl eval`: starts that program once instead of twice. */
export function createVhostExpression(name: string): string {
  const anything = '<<".*">>';
  return (
    `rabbit_vhost:add(${vhost(name)}, <<"calseta">>), ` +
    'rabbit_auth_backend_internal:set_permissions(' +
    `<<"guest">>, ${vhost(name)}, ${anything}, ${anything}, ${anything}, <<"calseta">>).`
  );
}

/** Returns the number of connections that were still open. */
export const deleteVhostExpression = (name: string): string =>
  `Open = length(rabbit_connection_tracking:list(${vhost(name)})), ` +
  `rabbit_vhost:delete(${vhost(name)}, <<"calseta">>), Open.`;

function vhost(name: string): string {
  if (!VHOST_NAME.test(name)) throw new Error(`Not a name for a virtual host: ${name}`);
  return `<<"${name}">>`;
}

type Ports = { port: number; namePort: number; nodePort: number };

/** Sets everything that a node would read from /etc/rabbitmq or share with others to its own directory. */
async function prepare(
  dir: string,
  ports: Ports,
  settings: readonly string[],
): Promise<NodeJS.ProcessEnv> {
  const within = (name: string) => join(dir, name);
  await mkdir(within('conf.d'), { recursive: true });
  await rm(within('rabbitmq.log'), { force: true });
  await Promise.all([
    writeFile(within('env.conf'), ''),
    writeFile(within('rabbitmq.conf'), settings.map((line) => `${line}\n`).join('')),
    writeFile(within('enabled_plugins'), '[].\n'),
  ]);
  return {
    ...process.env,
    HOME: dir,
    ERL_EPMD_PORT: String(ports.namePort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'calseta@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.port),
    RABBITMQ_DIST_PORT: String(ports.nodePort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_MNESIA_BASE: within('mnesia'),
    RABBITMQ_LOG_BASE: within('log'),
    RABBITMQ_PID_FILE: pidFile(dir),
    RABBITMQ_CONF_ENV_FILE: within('env.conf'),
    RABBITMQ_CONFIG_FILE: within('rabbitmq'),
    RABBITMQ_CONFIG_FILES: within('conf.d'),
    RABBITMQ_GENERATED_CONFIG_DIR: within('generated'),
    RABBITMQ_ENABLED_PLUGINS_FILE: within('enabled_plugins'),
    // Makes the start script replace itself with the server.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

function speaksAmqp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(PROTOCOL_HEADER, 'latin1'));
    const answer = (spoke: boolean) => {
      socket.destroy();
      resolve(spoke);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => answer(false));
    // The first frame of a server that is ready is connection.start: a method frame on channel 0.
    socket.once('data', (data) => answer(data[0] === 1));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
