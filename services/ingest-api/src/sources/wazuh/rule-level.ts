import { type Scale } from '../reading/severity.js';

/** Wazuh's own bands of the rule level, 0–15. */
export const RULE_LEVEL: Scale = [
  [15, 'Critical'],
  [12, 'High'],
  [7, 'Medium'],
  [0, 'Low'],
];

/** Severities in Wazuh's script for Shuffle: levels to 4, to 7, and above. */
export const SHUFFLE_STEPS: Scale = [
  [3, 'High'],
  [2, 'Medium'],
  [1, 'Low'],
];
