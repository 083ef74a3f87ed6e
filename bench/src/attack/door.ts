import { type Goal, type Section } from '../report/section.js';
import { type Target } from './target/start-target.js';

/** Tests use the short sizes: they share their machine and have generous time limits. */
export type Size = 'full' | 'short';

export type AttackContext = {
  target: Target;
  size: Size;
  /** Seed of everything that is drawn at random: the same seed repeats an attack. */
  seed: number;
};

/** Result of an attack; the door is closed when every goal is met. */
export type Findings = { goals: Goal[] } & Partial<Pick<Section, 'tables' | 'notes'>>;

/** An attack path that must stay closed. */
export type Door = {
  name: string;
  summary: string;
  /** Longest time of a /livez answer in the full size, ms, for doors where a second is not promised. */
  maxSilenceMs?: number;
  attack: (context: AttackContext) => Promise<Findings>;
};
