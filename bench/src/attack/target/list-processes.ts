import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** One process of the attacked system, as Linux reports it. */
export type TargetProcess = {
  pid: number;
  /** `dispatcher`, `gateway`, or the program name of a server: `postgres`. */
  name: string;
  /** URL of its own /livez; undefined for servers and for a gateway. */
  healthUrl?: string;
};

const SERVICE = /\/services\/([\w-]+)\/dist\/main\.js$/;
const CLUSTER = '/packages/local/dist/cluster.js';
const HTTP_PORT = /(?:^|\0)HTTP_PORT=(\d+)/;

/** The process with this id and all that it started, without the shells that watch them. */
export async function listProcesses(root: number): Promise<TargetProcess[]> {
  const parents = await readParents();
  const family = [root];
  for (const pid of family) {
    for (const [child, parent] of parents) if (parent === pid) family.push(child);
  }
  const described = await Promise.all(family.map(describe));
  return described.filter((one) => one !== undefined);
}

async function readParents(): Promise<[pid: number, parent: number][]> {
  const names = await readdir('/proc');
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return await Promise.all(
    pids.map(async (pid): Promise<[number, number]> => {
      const text = await readProc(pid, 'status');
      return [pid, Number(/^PPid:\t(\d+)$/m.exec(text)?.[1])];
    }),
  );
}

async function describe(pid: number): Promise<TargetProcess | undefined> {
  const args = (await readProc(pid, 'cmdline')).split('\0');
  const service = args.map((arg) => SERVICE.exec(arg)?.[1]).find((name) => name !== undefined);
  if (service !== undefined) {
    const port = HTTP_PORT.exec(await readProc(pid, 'environ'))?.[1] ?? '';
    return { pid, name: service, healthUrl: `http://127.0.0.1:${port}` };
  }
  if (args.some((arg) => arg.endsWith(CLUSTER))) return { pid, name: 'gateway' };
  const program = basename((args[0] ?? '').split(':', 1)[0] ?? '');
  return program === '' || program === 'sh' ? undefined : { pid, name: program };
}

/** Empty when the process has ended. */
const readProc = async (pid: number, file: string): Promise<string> =>
  await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
