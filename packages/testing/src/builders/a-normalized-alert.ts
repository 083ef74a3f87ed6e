import { emptyLists, type NormalizedAlert } from '@calseta/common';

/** An alert as a source plugin returns it. */
export const aNormalizedAlert = (overrides: Partial<NormalizedAlert> = {}): NormalizedAlert => ({
  title: 'Sign-in from a new country',
  severity: 'Medium',
  occurredAt: new Date(),
  ...emptyLists(),
  ...overrides,
});
