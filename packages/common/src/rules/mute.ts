import { type AskedAlert } from './ask-alert.js';
import { type CompiledRule } from './match-rule.js';

/** A rule whose alerts are pushed to nobody until it ends. */
export type LiveMute = { id: string; rule: CompiledRule; until: Date; reason: string };

/** The first mute that an alert matches. */
export const muteOf = (
  mutes: readonly LiveMute[],
  alert: AskedAlert,
  now: Date,
): LiveMute | undefined => mutes.find(({ until, rule }) => until > now && rule.matches(alert));
