import { AppError, type CreateMute, MAX_MUTE_DAYS } from '@calseta/common';
import { type MuteStore } from '@calseta/database';
import { operation } from '../operation.js';
import { readOperations, removeOperation } from '../resources.js';

export type MuteDeps = { mutes: MuteStore };

export type MuteOperations = ReturnType<typeof muteOperations>;

const DAY_MS = 86_400_000;

/** Mutes: rules whose alerts are pushed to nobody for a time. */
export const muteOperations = ({ mutes }: MuteDeps) => {
  const scopes = { read: 'alerts:read', write: 'config:write' } as const;
  const kind = { noun: 'mute', scopes, store: mutes };
  return {
    ...readOperations(kind),
    remove: removeOperation(kind),
    create: operation({ scope: scopes.write }, async (input: CreateMute, { principal }) => {
      assertSpan(input.until);
      return await mutes.create({ ...input, created_by: principal.keyId });
    }),
  };
};

function assertSpan(until: string): void {
  const ahead = new Date(until).getTime() - Date.now();
  if (ahead > 0 && ahead <= MAX_MUTE_DAYS * DAY_MS) return;
  throw new AppError('request.invalid', 'The end of the mute is not in the time that is allowed.', {
    issues: [
      {
        pointer: '/until',
        message: `has to be in the future, at most ${MAX_MUTE_DAYS} days from now`,
      },
    ],
  });
}
