import { AppError } from '@calseta/common';
import { type PullStore } from '@calseta/database';

/** Long polls that wait at once. */
export type WaitLimits = { perAgent: number; perProcess: number; pollIntervalMs: number };

export const WAIT_LIMITS: WaitLimits = { perAgent: 4, perProcess: 500, pollIntervalMs: 500 };

export interface DueWatcher {
  /**
   * Resolves when the agent may have a due delivery, when the time is over, or when the process stops. Throws
   * `service.overloaded` when too many wait.
   */
  wait(agentId: string, ms: number): Promise<void>;
  /** Ends all waits, and lets none begin. */
  stop(): void;
  isStopped(): boolean;
}

type Waiter = { agentId: string; end: () => void };

/** Asks Postgres once for all agents that wait, and not at all while none does. */
export function createDueWatcher(
  { findDue }: Pick<PullStore, 'findDue'>,
  limits: WaitLimits = WAIT_LIMITS,
): DueWatcher {
  const waiters = new Set<Waiter>();
  let polling: NodeJS.Timeout | undefined;
  let isStopped = false;

  const endAll = (isOver: (waiter: Waiter) => boolean) => {
    for (const waiter of [...waiters]) if (isOver(waiter)) waiter.end();
  };

  async function poll(): Promise<void> {
    const agentIds = [...new Set([...waiters].map(({ agentId }) => agentId))];
    // While Postgres is away, the waits end by their time, and what follows tells the caller.
    const due = await findDue(agentIds).catch(() => new Set<string>());
    endAll(({ agentId }) => due.has(agentId));
    polling = undefined;
    schedule();
  }
  function schedule(): void {
    if (polling || waiters.size === 0 || isStopped) return;
    polling = setTimeout(() => void poll(), limits.pollIntervalMs);
  }

  function assertRoom(agentId: string): void {
    const own = [...waiters].filter((waiter) => waiter.agentId === agentId).length;
    if (own < limits.perAgent && waiters.size < limits.perProcess) return;
    throw new AppError(
      'service.overloaded',
      own < limits.perAgent
        ? `${limits.perProcess} requests wait for deliveries already.`
        : `${limits.perAgent} requests of this agent wait for deliveries already.`,
      { retryAfterSeconds: 1 },
    );
  }

  return {
    async wait(agentId, ms) {
      if (isStopped) return;
      assertRoom(agentId);
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve();
        };
        const waiter = { agentId, end };
        const timer = setTimeout(end, ms);
        waiters.add(waiter);
        schedule();
      });
    },
    isStopped: () => isStopped,
    stop() {
      isStopped = true;
      clearTimeout(polling);
      endAll(() => true);
    },
  };
}
