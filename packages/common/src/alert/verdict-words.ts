/** How a finding classifies an alert, and how people close it. */
export const VERDICT_WORDS = [
  'true_positive',
  'false_positive',
  'benign_positive',
  'inconclusive',
] as const;

/** How an alert is closed. */
export const CLOSE_WORDS = [...VERDICT_WORDS, 'duplicate'] as const;
