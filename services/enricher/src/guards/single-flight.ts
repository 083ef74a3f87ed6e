import { createSingleFlight } from '@calseta/async';
import { type Guard, type GuardedAnswer } from './guard.js';

/**
 * Lookups of one value by one provider that are under way together share one call. Within this process:
 * enough while providers are local; ones with a quota need the flight shared by all replicas.
 */
export function singleFlight(): Guard {
  const flight = createSingleFlight<string, GuardedAnswer>();
  return (next) => async (request) => {
    const { provider, settings, subject } = request;
    const key = `${provider.name} ${settings.configVersion} ${subject.type} ${subject.value}`;
    return await flight.run(key, async () => await next(request));
  };
}
