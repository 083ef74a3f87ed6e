/** Milliseconds since the epoch with fractions; the same clock in all processes of a machine. */
export const wallClockMs = (): number => performance.timeOrigin + performance.now();
