import { type Alert, type Prisma } from '../generated/client.js';

/**
 * Holds an alert for the rest of the transaction and reads it; null when there is none. Rows that only refer to
 * it may be written meanwhile, so that who holds one of these and notes it does not deadlock.
 */
export async function lockAlert(tx: Prisma.TransactionClient, id: string): Promise<Alert | null> {
  await tx.$queryRaw`SELECT 1 FROM alerts WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return await tx.alert.findUnique({ where: { id } });
}
