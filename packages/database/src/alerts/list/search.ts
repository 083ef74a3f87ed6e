import { type AlertFilter } from '@calseta/common';
import { alertConditions, type Condition } from './conditions.js';
import { type Asked, askedOf } from './finders.js';

/** What a filter asks for. */
export type Search = {
  filter: AlertFilter;
  /** All of them, also those of its text and its indicator. */
  conditions: readonly Condition[];
  /** Its text and its indicator. */
  asked: readonly Asked[];
};

/** `indicatorIds` are those of the indicator that the filter names. */
export function prepareSearch(
  filter: AlertFilter,
  indicatorIds: readonly string[] | undefined,
): Search {
  const asked = askedOf(filter.q, indicatorIds);
  const conditions = [...alertConditions(filter), ...asked.map(({ condition }) => condition)];
  return { filter, conditions, asked };
}
