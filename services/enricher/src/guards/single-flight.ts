import { createSingleFlight } from '@calseta/async';
import { type GuardedAnswer } from '../domain/provider.js';
import { type Guard } from './guard.js';

/**
 * Concurrent lookups of one value by one provider share one call, within this process. Two replicas that ask an
 * outside provider at the same moment still make two calls; its quota counts both.
 */
export function singleFlight(): Guard {
  const flight = createSingleFlight<string, GuardedAnswer>();
  return (next) =>
    async function lookUpOnce(request) {
      const { provider, settings, subject } = request;
      const key = `${provider.name} ${settings.configVersion} ${subject.type} ${subject.value}`;
      return await flight.run(key, async () => await next(request));
    };
}
