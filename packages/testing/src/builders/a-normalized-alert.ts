import { type NormalizedAlert } from '@calseta/common';

/** What a source plugin could have made of an alert. */
export const aNormalizedAlert = (overrides: Partial<NormalizedAlert> = {}): NormalizedAlert => ({
  title: 'Sign-in from a new country',
  severity: 'Medium',
  occurredAt: new Date(),
  tags: [],
  mitreTactics: [],
  mitreTechniques: [],
  fields: {},
  hosts: [],
  users: [],
  statedIndicators: [],
  notes: [],
  ...overrides,
});
