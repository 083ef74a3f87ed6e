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
  /** Processes that had to be started again, since they ended while starting. */
  restarts: () => number;
  /** How each process that was taken away ended. */
  ends: string[];
};

const MAX_STARTS = 5;

export function createWorkerPool(system: System, service: ServiceName): WorkerPool {
  const stopped: Instance[] = [];
  const running: Instance[] = [];
  const ends: string[] = [];
  let asked = 0;
  let restarts = 0;
  // One change after the other, so that a process is not stopped while it starts.
  let changes = Promise.resolve();

  /** A process that cannot start on a busy machine is started again, as a pod is. */
  const start = async (): Promise<void> => {
    const known = stopped.pop();
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (known) await known.restart();
        running.push(known ?? (await system.add(service)));
        return;
      } catch (error) {
        if (attempt === MAX_STARTS) throw error;
        restarts += 1;
      }
    }
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
    restarts: () => restarts,
    ends,
    resize(replicas) {
      for (; asked < replicas; asked += 1) changes = changes.then(start);
      for (; asked > replicas; asked -= 1) changes = changes.then(stop);
      changes.catch(() => undefined);
    },
    settled: async () => await changes,
  };
}
