import { type Budget, stringifyExactly } from '@calseta/common';
import { type Page } from '@calseta/database';
import { cutToFit } from './cut-value.js';

/** Reads of a page until its entries fit; alerts that arrive meanwhile can make one entry larger. */
const MAX_READS = 3;

export type FittedPage<E> = {
  entries: E[];
  total?: number;
  totalIsAtLeast?: true;
  nextCursor: string | null;
  /** Whether fewer entries are here than were asked for, or texts of one are cut. */
  isTruncated: boolean;
};

export type PageToFit<R, E> = {
  /** Reads a page of so many entries. */
  read: (pageSize: number) => Promise<Page<R>>;
  pageSize: number;
  show: (item: R) => E;
  newBudget: () => Budget;
};

/** A page of a list with as many entries as fit, and the cursor of what follows them. */
export async function fitPage<R, E extends object>({
  read,
  pageSize,
  show,
  newBudget,
}: PageToFit<R, E>): Promise<FittedPage<E>> {
  let page = await read(pageSize);
  const counted = {
    ...(page.total !== undefined && { total: page.total }),
    ...(page.totalIsAtLeast && { totalIsAtLeast: page.totalIsAtLeast }),
  };
  let shown = page.items.map(show);
  let count = countFitting(shown, newBudget());
  // A cursor stands for the end of a page: a shorter page has the one that is needed.
  for (let reads = 1; count > 0 && count < shown.length && reads < MAX_READS; reads += 1) {
    page = await read(count);
    shown = page.items.map(show);
    count = countFitting(shown, newBudget());
  }
  const isWhole = shown.length > 1 && count === shown.length;
  const cut = isWhole ? { entries: shown, isCut: false } : fitEach(shown, newBudget());
  return {
    entries: cut.entries,
    ...counted,
    nextCursor: page.nextCursor,
    isTruncated: cut.isCut || (shown.length < pageSize && page.nextCursor !== null),
  };
}

/** How many entries from the first on fit together; at least one, which is cut later where it is too long. */
function countFitting(entries: readonly object[], budget: Budget): number {
  let count = 0;
  for (const entry of entries) {
    const json = stringifyExactly(entry);
    if (!budget.fits(json)) break;
    budget.spend(json);
    count += 1;
  }
  return Math.min(Math.max(count, 1), entries.length);
}

function fitEach<E extends object>(
  entries: readonly E[],
  budget: Budget,
): { entries: E[]; isCut: boolean } {
  let isCut = false;
  const fitted = entries.map((entry) => {
    const cut = cutToFit(entry, (json) => budget.fits(json));
    isCut ||= cut.isCut;
    budget.spend(stringifyExactly(cut.value));
    return cut.value;
  });
  return { entries: fitted, isCut };
}
