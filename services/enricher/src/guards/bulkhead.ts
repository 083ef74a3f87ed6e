import { type Guard } from './guard.js';
import { leftAlone } from './breaker.js';
import { isLeftAlone, type Protections } from './protections.js';

/** Bounds the lookups of one provider that run at a time; those that waited for a place are asked only if it still helps. */
export const bulkhead =
  (protections: Protections): Guard =>
  (next) =>
    async function lookUpInTurn(request) {
      const protection = protections.of(request.provider.name);
      return await protection.bulkhead.run(async () => {
        if (request.context.signal.aborted)
          return { kind: 'left_alone', reason: 'Nobody waits for the answer any more.' };
        return isLeftAlone(protection) ? leftAlone(protection) : await next(request);
      });
    };
