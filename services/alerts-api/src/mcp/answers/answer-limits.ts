/** Tokens (o200k) of one answer, about: clients show it to a model, some of them twice. */
export const ANSWER_TOKENS = { brief: 2_000, max: 10_000 } as const;

/** Entries of a list in one answer. */
export const ANSWER_ENTRIES = { default: 10, max: 50 } as const;
