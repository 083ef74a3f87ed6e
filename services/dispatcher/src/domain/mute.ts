import { type AskedAlert, type CompiledRule } from '@calseta/common';

/** A rule whose alerts are pushed to nobody until it ends. */
export type Mute = { id: string; rule: CompiledRule; until: Date; reason: string };

/** The first mute that an alert matches. */
export const muteOf = (mutes: readonly Mute[], alert: AskedAlert, now: Date): Mute | undefined =>
  mutes.find(({ until, rule }) => until > now && rule.matches(alert));
