import { type AlertChange, MAX_LISTED_CHANGES } from '@calseta/common';

export const additionTo = (field: AlertChange['field'], added: readonly unknown[]): AlertChange =>
  listed({ field, from: [], to: added }, added.length);

/**
 * Merges changes: a field keeps its first and last value, a list everything added. A change that was undone is dropped.
 */
export function mergeChanges(
  earlier: readonly AlertChange[],
  later: readonly AlertChange[],
): AlertChange[] {
  const merged = new Map(earlier.map((change) => [change.field, change]));
  for (const change of later) {
    const before = merged.get(change.field);
    merged.set(change.field, before ? joined(before, change) : change);
  }
  return [...merged.values()].filter(({ from, to }) => from !== to);
}

function joined(before: AlertChange, after: AlertChange): AlertChange {
  if (!Array.isArray(before.to) || !Array.isArray(after.to)) return { ...before, to: after.to };
  const to: unknown[] = [...(before.to as unknown[]), ...(after.to as unknown[])];
  const omitted = (before.omitted_count ?? 0) + (after.omitted_count ?? 0);
  return listed({ field: before.field, from: [], to }, to.length + omitted);
}

function listed(change: AlertChange & { to: readonly unknown[] }, count: number): AlertChange {
  const to = change.to.slice(0, MAX_LISTED_CHANGES);
  const omitted = count - to.length;
  return { ...change, to, ...(omitted > 0 && { omitted_count: omitted }) };
}
