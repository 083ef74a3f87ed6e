import { expect, test } from '@jest/globals';
import { summariseProfile } from './profile-summary.js';

const frame = (functionName: string, url = '', lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
});

test('shares out the busy time, with idling left out', () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('read', 'file:///x/packages/platform/dist/read.js', 9) },
      { id: 3, callFrame: frame('', 'file:///x/node_modules/pg/lib/query.js', 4) },
    ],
    samples: [1, 2, 3, 2],
    timeDeltas: [700, 100, 100, 200],
  };
  expect(summariseProfile(profile, 5)).toEqual([
    { place: 'read packages/platform/dist/read.js:10', share: 0.75 },
    { place: '(anonymous) pg/lib/query.js:5', share: 0.25 },
  ]);
  expect(summariseProfile(profile, 1)).toHaveLength(1);
});
