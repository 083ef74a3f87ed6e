import { setTimeout as delay } from 'node:timers/promises';

/** A second more than a change of the configuration takes to be effective in every process. */
const CONFIG_EFFECTIVE_MS = 3_000;

/** Waits until every process knows what was configured before. */
export const configEffective = async (): Promise<void> => await delay(CONFIG_EFFECTIVE_MS);
