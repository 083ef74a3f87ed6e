/**
 * Values and keys of one alert that all paths together can visit. A real alert of 1 MiB has some ten thousand.
 */
export const MAX_VISITS_PER_ALERT = 200_000;

/** Remaining visits, shared by all path readings of one alert for one purpose. */
export type VisitBudget = {
  readonly max: number;
  spent: number;
  /** Whether something was skipped because the budget was used up. */
  isCut: boolean;
};

export const createVisitBudget = (max = MAX_VISITS_PER_ALERT): VisitBudget => ({
  max,
  spent: 0,
  isCut: false,
});

/** Takes visits from the budget. Returns false, and takes nothing, if too few are left. */
export function spendVisits(budget: VisitBudget, visits = 1): boolean {
  if (budget.spent + visits > budget.max) {
    budget.isCut = true;
    return false;
  }
  budget.spent += visits;
  return true;
}
