import { type Goal, type Section } from '../report/section.js';
import { type Target } from './target/start-target.js';

/** The short sizes are those of the tests, which share their machine and get wide limits of time. */
export type Size = 'full' | 'short';

export type AttackContext = {
  target: Target;
  size: Size;
  /** Of all that is drawn at random: the same seed repeats an attack. */
  seed: number;
};

/** What an attack has found; the door is held when every goal is met. */
export type Findings = { goals: Goal[] } & Partial<Pick<Section, 'tables' | 'notes'>>;

/** A way in that must stay closed. */
export type Door = {
  name: string;
  summary: string;
  /** The longest that a /livez may take in the full size, ms, where a second is not what is promised. */
  maxSilenceMs?: number;
  attack: (context: AttackContext) => Promise<Findings>;
};
