import { TEST_SOURCE } from '@calseta/common';

/** SQL: whether a row of alerts is not the alert of a test push. Whatever lists or counts alerts asks this. */
export const isNoTest = (alerts: string): string => `${alerts}.source_name <> '${TEST_SOURCE}'`;
