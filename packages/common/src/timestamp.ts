/** UTC ISO 8601 with `Z`; milliseconds only when there are any. */
export const formatTimestamp = (at: Date): string => at.toISOString().replace('.000Z', 'Z');
