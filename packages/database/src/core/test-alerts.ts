import { TEST_SOURCE } from '@calseta/common';

/** SQL: whether a row of alerts is not the alert of a test push. Whatever lists or counts alerts asks this. */
export const isNoTest = (alerts: string): string => `${alerts}.source_name <> '${TEST_SOURCE}'`;

/**
 * SQL: whether a row of alerts is the alert of a test push. It names all values of the columns that the index on categories
 * has before the source, so that the index finds the few.
 */
export const isTest = (alerts: string): string => `
  (${alerts}.status = ANY(enum_range(NULL::alert_status)) AND ${alerts}.severity = ANY(enum_range(NULL::severity))
   AND coalesce(${alerts}.malice_override, ${alerts}.malice) = ANY(enum_range(NULL::malice))
   AND ${alerts}.source_name = '${TEST_SOURCE}')`;
