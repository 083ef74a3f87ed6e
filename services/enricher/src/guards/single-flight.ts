import { createSingleFlight } from '@calseta/async';
import { type GuardedAnswer } from '../domain/provider.js';
import { type Guard } from './guard.js';

/** Concurrent lookups of one value by a local provider share one call. */
export function singleFlight(): Guard {
  const flight = createSingleFlight<string, GuardedAnswer>();
  return (next) =>
    async function lookUpOnce(request) {
      const { provider, settings, subject } = request;
      const key = `${provider.name} ${settings.configVersion} ${subject.type} ${subject.value}`;
      return await flight.run(key, async () => await next(request));
    };
}
