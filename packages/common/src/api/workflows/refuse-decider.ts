import { AppError } from '../../core/errors.js';
import { type Principal } from '../access/principal.js';

/** Who decides: a person, and the principal that gave them the means to. */
export type Decider = Pick<Principal, 'principalId' | 'createdBy'>;

/**
 * Separation of duties: nobody decides what they ask for themselves, by another key, or by a key or a message that they
 * set up for somebody else. Whoever made an agent's key may decide what that agent asks for.
 */
export function refuseDecider(
  requestedBy: string,
  { principalId, createdBy }: Decider,
  means: string,
): void {
  if (principalId === requestedBy) {
    throw new AppError(
      'approval.own_request',
      'Whoever asked for the run cannot decide about it, whatever key they use.',
    );
  }
  if (createdBy === requestedBy) {
    throw new AppError(
      'approval.own_means',
      `Whoever asked for the run ${means}, so it cannot decide about it.`,
    );
  }
}
