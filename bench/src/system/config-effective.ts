import { setTimeout as delay } from 'node:timers/promises';

/** One second longer than a configuration change needs to be effective in every process. */
const CONFIG_EFFECTIVE_MS = 3_000;

/** Waits until every process knows the earlier configuration changes. */
export const configEffective = async (): Promise<void> => await delay(CONFIG_EFFECTIVE_MS);
