const PARAMETER = 'pgbouncer';

/**
 * Takes `pgbouncer=true`, as Prisma names it, out of the URL: a pooler in transaction mode gives each transaction another
 * connection, so nothing may be kept on one.
 */
export function takePooler(given: string): { url: string; isPooled: boolean } {
  if (!URL.canParse(given)) return { url: given, isPooled: false };
  const url = new URL(given);
  const isPooled = url.searchParams.get(PARAMETER) === 'true';
  if (!url.searchParams.has(PARAMETER)) return { url: given, isPooled };
  url.searchParams.delete(PARAMETER);
  return { url: url.href, isPooled };
}
