import { type Bulkhead, createBulkhead } from '@calseta/async';
import {
  AppError,
  estimateTokens,
  type ExtendLeases,
  type PulledDelivery,
  type LeaseIds,
  type LeaseRequest,
  type SettledLeases,
} from '@calseta/common';
import {
  type AttemptRecord,
  type ClaimedDelivery,
  type DispatchAgent,
  type DispatchStore,
  type HeldDelivery,
  type Lease,
  type PullStore,
} from '@calseta/database';
import { type DueWatcher } from '../../pull/due-watcher.js';
import { type WriteEnvelope } from '../../pull/write-envelope.js';
import { found } from '../found.js';
import { ownAgentOperation } from '../operation.js';
import { type ByUuid } from '../resources.js';

export type LeaseDeps = {
  pull: PullStore;
  dispatch: Pick<
    DispatchStore,
    'findAgent' | 'claimDue' | 'releaseLeases' | 'renewLeases' | 'recordAttempts'
  >;
  watcher: DueWatcher;
  writeEnvelope: WriteEnvelope;
  /** Given to `nack` by the time of a delivery, as the dispatcher gives up. */
  giveUpAfterMs: number;
};

export type LeaseOperations = ReturnType<typeof leaseOperations>;

const ACCESS = { scope: 'alerts:read', unlessOwnAgent: 'admin' } as const;

/** Bytes of bodies in one answer; what is beyond them stays for the next one. */
export const MAX_LEASED_BYTES = 8 * 1024 * 1024;
/** Bytes of the bodies that a process writes at once, by what each lease may take; further leases wait. */
const BODIES_AT_ONCE = { maxRunning: 4 * MAX_LEASED_BYTES, maxWaiting: 1_000 };

/** An agent pulls its deliveries: leases them, and says what became of each. */
export const leaseOperations = (deps: LeaseDeps) => ({
  lease: leaseOperation(deps),

  /** They are done. */
  ack: ownAgentOperation(
    ACCESS,
    async (input: ByUuid & LeaseIds) =>
      await settle(deps, input, (held) => ({ ...settled(input.uuid, held), ...DELIVERED })),
  ),

  /** They are not done, and come back later. */
  nack: ownAgentOperation(
    ACCESS,
    async (input: ByUuid & LeaseIds) =>
      await settle(deps, input, (held) => ({
        ...settled(input.uuid, held),
        outcome: 'rejected' as const,
        error: 'given back by the agent',
        // The fault of one alert is not the fault of the agent.
        isCounted: false,
        ...(held.openForMs < deps.giveUpAfterMs
          ? { status: 'pending' as const, retryDelayMs: nackDelayMs(held) }
          : { status: 'dead' as const }),
      })),
  ),

  /** They take longer. */
  extend: ownAgentOperation(ACCESS, async ({ uuid, ...input }: ByUuid & ExtendLeases) => {
    const held = await heldOf(deps, uuid, input.lease_ids);
    const renewed = await deps.dispatch.renewLeases(held, input.seconds * 1_000);
    return tell(
      input.lease_ids,
      held.filter(({ id }) => renewed.has(id)),
    );
  }),
});

function leaseOperation(deps: LeaseDeps) {
  const bodies = createBulkhead(BODIES_AT_ONCE);
  return ownAgentOperation(ACCESS, async ({ uuid, ...request }: ByUuid & LeaseRequest) => ({
    deliveries: await leaseOf(deps, bodies, uuid, request),
  }));
}

async function leaseOf(
  deps: LeaseDeps,
  bodies: Bulkhead,
  agentId: string,
  { max, wait_seconds: waitSeconds, lease_seconds: leaseSeconds }: LeaseRequest,
): Promise<PulledDelivery[]> {
  const until = performance.now() + waitSeconds * 1_000;
  const claim = async () => {
    const agent = await readyAgent(deps, agentId);
    const request = [{ agentId, limit: max }];
    const writeClaimed = async () =>
      await writeAll(deps, agent, await deps.dispatch.claimDue(request, leaseSeconds * 1_000));
    return await bodies.run(writeClaimed, Math.min(MAX_LEASED_BYTES, max * agent.payload.maxBytes));
  };
  let leased = await claim();
  // Another replica may be faster, so a wait that ends early is not the end of waiting.
  while (leased.length === 0 && performance.now() < until && !deps.watcher.isStopped()) {
    await deps.watcher.wait(agentId, Math.max(1, until - performance.now()));
    leased = await claim();
  }
  return leased;
}

async function readyAgent({ dispatch }: LeaseDeps, agentId: string): Promise<DispatchAgent> {
  const agent = found('agent', await dispatch.findAgent(agentId));
  found('agent', agent.expiresAt && agent.expiresAt <= new Date() ? undefined : agent);
  if (agent.isActive) return agent;
  throw new AppError('resource.conflict', 'The agent is switched off; its deliveries wait.');
}

/** Writes what was claimed, up to the bound; gives back the rest, and what could not be written. */
async function writeAll(
  { dispatch, pull, writeEnvelope }: LeaseDeps,
  agent: DispatchAgent,
  claimed: readonly ClaimedDelivery[],
): Promise<PulledDelivery[]> {
  const written: PulledDelivery[] = [];
  const sizes: { id: string; tokens: number }[] = [];
  let bytes = 0;
  let count = 0;
  try {
    for (const delivery of claimed) {
      if (bytes >= MAX_LEASED_BYTES) break;
      const envelope = await writeEnvelope(delivery, agent);
      count += 1;
      if (!envelope) continue;
      written.push(envelope);
      const size = Buffer.byteLength(envelope.body);
      bytes += size;
      sizes.push({ id: delivery.id, tokens: estimateTokens(size, agent.payload.mode) });
    }
    await pull.noteTokens(sizes);
    return written;
  } finally {
    const rest = claimed.slice(count);
    if (rest.length > 0) await dispatch.releaseLeases(rest);
  }
}

const DELIVERED = { outcome: 'delivered', status: 'delivered', isCounted: true } as const;

const settled = (agentId: string, { id, leaseToken, attemptCount }: HeldDelivery) => ({
  deliveryId: id,
  leaseToken,
  agentId,
  number: attemptCount + 1,
  startedAt: new Date(),
  durationMs: 0,
});

async function settle(
  deps: LeaseDeps,
  { uuid, lease_ids: leaseIds }: ByUuid & LeaseIds,
  toRecord: (held: HeldDelivery) => AttemptRecord,
): Promise<SettledLeases> {
  const held = await heldOf(deps, uuid, leaseIds);
  if (held.length > 0) await deps.dispatch.recordAttempts(held.map(toRecord));
  return tell(leaseIds, held);
}

async function heldOf(
  { pull, dispatch }: LeaseDeps,
  agentId: string,
  leaseIds: readonly string[],
): Promise<HeldDelivery[]> {
  found('agent', await dispatch.findAgent(agentId));
  const leases = [...new Set(leaseIds)].flatMap(toLease);
  return leases.length === 0 ? [] : await pull.findHeld(agentId, leases);
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const LEASE_ID = new RegExp(`^(?<id>${UUID})\\.(?<leaseToken>${UUID})$`);

/** Nothing for a text that is no lease id. */
function toLease(leaseId: string): Lease[] {
  const { id, leaseToken } = LEASE_ID.exec(leaseId)?.groups ?? {};
  return id === undefined || leaseToken === undefined ? [] : [{ id, leaseToken }];
}

function tell(leaseIds: readonly string[], done: readonly Lease[]): SettledLeases {
  const settledIds = new Set(done.map(({ id, leaseToken }) => `${id}.${leaseToken}`));
  return {
    settled_count: settledIds.size,
    stale_lease_ids: leaseIds.filter((leaseId) => !settledIds.has(leaseId)),
  };
}

const NACK_DELAY_MS = { first: 5_000, last: 3_600_000 } as const;

/** Each time that a delivery is given back, it comes back after twice as long. */
const nackDelayMs = ({ attemptCount, earlierAttempts }: HeldDelivery): number =>
  Math.min(NACK_DELAY_MS.last, NACK_DELAY_MS.first * 2 ** (attemptCount - earlierAttempts));
