import { expect, test } from '@jest/globals';
import { isEmptyList } from './is-empty-list.js';

test.each([
  { '@odata.context': 'x', value: [] },
  { alerts: [] },
  { eventType: 'com.okta.event_hook', data: { events: [] } },
  { hits: { total: 0, hits: [] } },
  { Findings: [], NextToken: null },
])('%j is a page without alerts', (payload) => {
  expect(isEmptyList(payload)).toBe(true);
});

test.each([
  {},
  [],
  'alerts',
  null,
  { value: 1 },
  { value: [1] },
  { alerts: [], results: [1] },
  { tags: [] },
])('%j is none', (payload) => {
  expect(isEmptyList(payload)).toBe(false);
});
