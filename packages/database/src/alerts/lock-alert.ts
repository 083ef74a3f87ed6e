import { type Alert, type Prisma } from '../generated/client.js';

/**
 * Locks an alert until the transaction ends and returns it; null when it does not exist. Rows that refer to the alert
 * can still be written, so that a transaction that holds such a row and adds an activity entry does not deadlock.
 */
export async function lockAlert(tx: Prisma.TransactionClient, id: string): Promise<Alert | null> {
  await tx.$queryRaw`SELECT 1 FROM alerts WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return await tx.alert.findUnique({ where: { id } });
}
