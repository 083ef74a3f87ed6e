/** UTC in ISO 8601 with `Z`; with milliseconds only if they are not zero. */
export const formatTimestamp = (at: Date): string => at.toISOString().replace('.000Z', 'Z');
