import { AppError, type AuditVerification, type VerifyAuditQuery } from '@calseta/common';
import { type Database } from '../core/database.js';
import { toAuditEntry } from './audit-entry.js';
import { type ChainPoint, checkEnd, checkEntries } from './verify-chain.js';

/** Pending entries that are counted. */
const MAX_COUNTED_PENDING = 1_000;

/** Entries and both ends of the chain have to be those of one moment: chaining and retention go on meanwhile. */
const ONE_SNAPSHOT = { isolationLevel: 'RepeatableRead' } as const;

/** Reads at most `limit` entries of the chain and checks them. */
export async function readVerification(
  { prisma }: Pick<Database, 'prisma'>,
  { after, hash, limit }: VerifyAuditQuery,
): Promise<AuditVerification> {
  const [chain, entries, starts, pending] = await prisma.$transaction(
    [
      prisma.auditChain.findUniqueOrThrow({ where: { id: 1 } }),
      prisma.auditEntry.findMany({
        where: { sequence: { gt: after ?? 0 } },
        orderBy: { sequence: 'asc' },
        take: limit,
      }),
      prisma.auditEntry.findMany({ where: { sequence: after ?? 0 }, take: 1 }),
      prisma.auditEntry.findMany({
        where: { sequence: null },
        select: { id: true },
        take: MAX_COUNTED_PENDING,
      }),
    ],
    ONE_SNAPSHOT,
  );
  const base = { sequence: Number(chain.baseSequence), hash: chain.baseHash };
  const last = { sequence: Number(chain.lastSequence), hash: chain.lastHash };
  const start = startOf(after ?? base.sequence, base, starts.map(toAuditEntry)[0]);
  const checked = checkEntries(
    start,
    entries.filter(({ sequence }) => Number(sequence) > start.sequence).map(toAuditEntry),
  );
  const isComplete = entries.length < limit;
  const breaks = [
    ...(hash === undefined || hash === start.hash
      ? []
      : [
          {
            sequence: start.sequence,
            kind: 'other_start' as const,
            detail: `Entry ${start.sequence} has another hash than before.`,
          },
        ]),
    ...checked.breaks,
    ...(isComplete ? checkEnd(checked.end, last) : []),
  ];
  const count = checked.end.sequence === start.sequence ? 0 : entries.length;
  return {
    is_intact: breaks.length === 0,
    verified_from: count === 0 ? null : Number(entries[0]?.sequence),
    verified_to: count === 0 ? null : checked.end.sequence,
    verified_count: count,
    emptied_count: checked.emptiedCount,
    breaks,
    is_complete: isComplete,
    next_after: checked.end.sequence,
    next_hash: checked.end.hash,
    first_kept: base,
    last_chained: last,
    pending_count: pending.length,
  };
}

function startOf(
  after: number,
  base: ChainPoint,
  entry: { sequence: number; hash: string } | undefined,
): ChainPoint {
  if (after === base.sequence) return base;
  if (entry) return { sequence: entry.sequence, hash: entry.hash };
  throw new AppError('request.invalid', 'The chain has no such entry.', {
    issues: [
      {
        pointer: '/after',
        message: `is no entry of the chain; leave it out, or begin behind entry ${base.sequence}`,
      },
    ],
  });
}
