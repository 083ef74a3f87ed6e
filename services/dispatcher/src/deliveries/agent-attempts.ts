import { type HeldRoom } from './body-room.js';
import { type LeasedDelivery } from './leased-delivery.js';

/** The attempts at one agent. */
export interface AgentAttempts {
  /** Whether the agent takes another now. */
  hasPlace(): boolean;
  /** Starts one with room for its body. */
  start(delivery: LeasedDelivery, room: HeldRoom): void;
  /** Those that are not recorded yet. */
  underWay(): LeasedDelivery[];
  /** Those of them that the agent has not answered. */
  unanswered(): LeasedDelivery[];
  /** Resolves once all are recorded. */
  settled(): Promise<void>;
}

/** What an attempt takes up while it lasts. */
export type AttemptPlace = {
  /** The attempt releases it when its body is not needed any more. */
  room: HeldRoom;
  onAnswered: () => void;
};

export type AgentAttemptsDeps = {
  /** How many the agent takes at a time. */
  capacity: () => number;
  /**
   * Resolves once the attempt is recorded, and never rejects. It calls `onAnswered` as soon as the agent has nothing
   * more to do with it and the breaker knows how it went.
   */
  attempt: (delivery: LeasedDelivery, place: AttemptPlace) => Promise<void>;
  /** Called when a place may have become free. */
  onPlace: () => void;
  onRecorded: () => void;
};

/**
 * Attempts that are under way or answered and not recorded yet, for each that the agent takes at a time: it need not
 * wait for Postgres, and no more than that is pushed again when Postgres is away.
 */
const UNRECORDED_PER_PLACE = 2;

export function createAgentAttempts(deps: AgentAttemptsDeps): AgentAttempts {
  const { capacity, attempt, onPlace, onRecorded } = deps;
  const underWay = new Map<LeasedDelivery, Promise<void>>();
  const unanswered = new Set<LeasedDelivery>();

  return {
    hasPlace: () =>
      unanswered.size < capacity() && underWay.size < capacity() * UNRECORDED_PER_PLACE,
    start(delivery, room) {
      const free = () => {
        unanswered.delete(delivery);
        onPlace();
      };
      unanswered.add(delivery);
      // A turn later its connection is free as well, so that the next attempt opens none of its own.
      const onAnswered = (): void => void setImmediate(free);
      const recorded = attempt(delivery, { room, onAnswered }).finally(() => {
        room.release();
        underWay.delete(delivery);
        free();
        onRecorded();
      });
      underWay.set(delivery, recorded);
    },
    underWay: () => [...underWay.keys()],
    unanswered: () => [...unanswered],
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}
