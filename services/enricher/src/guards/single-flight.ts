import { createSingleFlight } from '@calseta/async';
import { type GuardedAnswer } from '../domain/provider.js';
import { type Guard } from './guard.js';

/**
 * Concurrent lookups of one value by one provider share one call, within this process. That is enough for local
 * providers; providers with a quota need a flight that all replicas share.
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
