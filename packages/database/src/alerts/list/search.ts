import { type AlertFilter } from '@calseta/common';
import { type Connection } from '../../core/database.js';
import { alertConditions, type Condition } from './conditions.js';
import { type Finder, findersOf } from './finders.js';

/** What a filter asks for. */
export type Search = {
  filter: AlertFilter;
  /** All of them, also those of what its text and its indicator find. */
  conditions: readonly Condition[];
  finders: readonly Finder[];
};

/** `indicatorIds` are those of the indicator that the filter names. */
export async function prepareSearch(
  connection: Connection,
  filter: AlertFilter,
  indicatorIds: readonly string[] | undefined,
): Promise<Search> {
  const finders = await findersOf(connection, filter.q, indicatorIds);
  const conditions = [...alertConditions(filter), ...finders.map(({ condition }) => condition)];
  return { filter, conditions, finders };
}
