import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Requests that a program in a separate process answers. */
export type ToolMethods = Record<string, (argument: never) => unknown>;

export type Tool<M extends ToolMethods> = AsyncDisposable & {
  pid: number;
  call<K extends keyof M & string>(
    method: K,
    argument: Parameters<M[K]>[0],
  ): Promise<Awaited<ReturnType<M[K]>>>;
};

type Question = { id: number; method: string; argument: unknown };
type Answer = { id: number; result?: unknown; error?: string };
type Waiting = { resolve: (value: never) => void; reject: (error: Error) => void };

/** Starts a program of this folder in its own process, so that it does not use the caller's event loop. */
export function startTool<M extends ToolMethods>(name: string): Tool<M> {
  // Uses the built file, even when this file runs from its source.
  const entry = fileURLToPath(new URL(`../../dist/tools/${name}.js`, import.meta.url));
  const child = fork(entry, { serialization: 'advanced' });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  child.on('message', ({ id, result, error }: Answer) => {
    const question = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) question?.resolve(result as never);
    else question?.reject(new Error(`${name}: ${error}`));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended (${code ?? '?'})`));
  });
  return {
    pid: child.pid ?? 0,
    call: (method, argument) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, method, argument } satisfies Question);
      }),
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}

/** Answers the requests of the process that started this one, and ends with it. */
export function serveTool(methods: ToolMethods): void {
  const answer = (message: Answer) => process.send?.(message);
  process.on('message', ({ id, method, argument }: Question) => {
    void (async () => {
      try {
        answer({ id, result: await methods[method]?.(argument as never) });
      } catch (error) {
        answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : 'failed' });
      }
    })();
  });
  process.once('disconnect', () => process.exit(0));
}
