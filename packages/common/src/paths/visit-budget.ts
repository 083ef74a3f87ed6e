/**
 * Values and keys of one alert that paths may look at, all paths together. An alert of a mebibyte that
 * people or sensors wrote has some ten thousand of them.
 */
export const MAX_VISITS_PER_ALERT = 200_000;

/** What reading by paths may still cost; shared by all that reads one alert for one purpose. */
export type VisitBudget = {
  readonly max: number;
  spent: number;
  /** Whether something was left unread because the budget ended. */
  isCut: boolean;
};

export const createVisitBudget = (max = MAX_VISITS_PER_ALERT): VisitBudget => ({
  max,
  spent: 0,
  isCut: false,
});

/** Pays for so many visits; false, with nothing paid, when the budget has not as many left. */
export function spendVisits(budget: VisitBudget, visits = 1): boolean {
  if (budget.spent + visits > budget.max) {
    budget.isCut = true;
    return false;
  }
  budget.spent += visits;
  return true;
}
