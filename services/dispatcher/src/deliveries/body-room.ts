/** Room that one attempt holds for its body. */
export type HeldRoom = {
  /** Corrects what was assumed, once the body is known. */
  resize(bytes: number): void;
  /** Gives the room back; more than once does no harm. */
  release(): void;
};

/** Bounds the bytes of the bodies of all pushes under way. */
export interface BodyRoom {
  /** Undefined when there is no room; `onRoom` is called when there may be some, once. */
  reserve(agentId: string, bytes: number, onRoom: () => void): HeldRoom | undefined;
}

export type BodyRoomOptions = {
  maxBytes: number;
  /** Called when an agent begins to wait. */
  onWait: () => void;
};

/**
 * The second body of an agent and all further ones take no more than half of what those of other agents leave. So some
 * room is always left for others: agents that hang take a half together, two thirds, three quarters, and so on. A body
 * that is larger than all room goes alone.
 */
export function createBodyRoom({ maxBytes, onWait }: BodyRoomOptions): BodyRoom {
  const heldBy = new Map<string, number>();
  let total = 0;
  const waiting = new Map<string, () => void>();
  /** Those that waited and are asked again. */
  const woken = new Map<string, () => void>();
  let isWakeDue = false;

  function hold(agentId: string, bytes: number): void {
    total += bytes;
    const held = (heldBy.get(agentId) ?? 0) + bytes;
    if (held === 0) heldBy.delete(agentId);
    else heldBy.set(agentId, held);
    if (bytes < 0) wakeSoon();
  }

  function hasRoom(agentId: string, bytes: number): boolean {
    if (total === 0) return true;
    const held = heldBy.get(agentId) ?? 0;
    const left = maxBytes - (total - held);
    return held + bytes <= (held === 0 ? left : left / 2);
  }

  /** Once for all that is given back in this turn of the event loop. */
  function wakeSoon(): void {
    if (isWakeDue || waiting.size === 0) return;
    isWakeDue = true;
    setImmediate(() => {
      isWakeDue = false;
      for (const [agentId, onRoom] of waiting) woken.set(agentId, onRoom);
      waiting.clear();
      for (const onRoom of woken.values()) onRoom();
      woken.clear();
    });
  }

  return {
    reserve(agentId, bytes, onRoom) {
      if (!hasRoom(agentId, bytes)) {
        if (!waiting.has(agentId) && !woken.has(agentId)) onWait();
        waiting.set(agentId, onRoom);
        return undefined;
      }
      waiting.delete(agentId);
      let held = 0;
      const resize = (size: number): void => {
        hold(agentId, size - held);
        held = size;
      };
      resize(bytes);
      return { resize, release: () => resize(0) };
    },
  };
}
