import { type Condition, withValue } from './conditions.js';

/** From the beginning of a day (ms, UTC) up to a moment that is no part of it. */
export type Days = { from: number; to: number };

/** Times (ms) of the oldest and the newest alert of a list. */
export type Span = { oldest: number; newest: number };

export const DAY_MS = 86_400_000;

export const startOfDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** As `2026-01-31`. */
export const namesOf = ({ from, to }: Days): string[] =>
  Array.from({ length: Math.ceil((to - from) / DAY_MS) }, (_none, index) =>
    new Date(from + index * DAY_MS).toISOString().slice(0, 10),
  );

export const receivedOn = ({ from, to }: Days): Condition[] => [
  withValue('received', new Date(from), (p) => `a.received_at >= ${p}::timestamptz`),
  withValue('received', new Date(to), (p) => `a.received_at < ${p}::timestamptz`),
];

/** The share of a span that is in these days. */
export const shareOf = ({ oldest, newest }: Span, { from, to }: Days): number =>
  Math.min(1, (to - from) / Math.max(1, newest - oldest));
