/**
 * The source of the alerts of test pushes. They take findings and a status like any other, are in no list, count or
 * replay, go through no stage of the pipeline, and are deleted after a day.
 */
export const TEST_SOURCE = 'calseta_test';

/** How long the alert of a test push is kept, hours. */
export const TEST_ALERT_HOURS = 24;
