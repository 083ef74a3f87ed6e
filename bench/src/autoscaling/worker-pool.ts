import { type Instance, type ServiceName, type System } from '../system/start-system.js';

/** The processes of one service, as many as are asked for. */
export type WorkerPool = {
  asked: () => number;
  /** Processes whose /readyz has answered. */
  ready: () => number;
  /** Starts or stops processes without waiting for them. */
  resize: (replicas: number) => void;
  /** Resolves when everything that was started or stopped so far is done; fails when a start failed. */
  settled: () => Promise<void>;
  /** How each process that was taken away ended. */
  ends: string[];
};

export function createWorkerPool(system: System, service: ServiceName): WorkerPool {
  const stopped: Instance[] = [];
  const running: Instance[] = [];
  const ends: string[] = [];
  let asked = 0;
  // One change after the other, so that a process is not stopped while it starts.
  let changes = Promise.resolve();

  const start = async (): Promise<void> => {
    const known = stopped.pop();
    if (known) await known.restart();
    running.push(known ?? (await system.add(service)));
  };
  const stop = async (): Promise<void> => {
    const instance = running.pop();
    if (!instance) return;
    await instance.process().stop();
    ends.push(await instance.process().exited);
    stopped.push(instance);
  };
  return {
    asked: () => asked,
    ready: () => running.length,
    ends,
    resize(replicas) {
      for (; asked < replicas; asked += 1) changes = changes.then(start);
      for (; asked > replicas; asked -= 1) changes = changes.then(stop);
      changes.catch(() => undefined);
    },
    settled: async () => await changes,
  };
}
