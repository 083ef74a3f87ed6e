import { compileNetwork, REMEMBERED_KEYS, remembered } from '@calseta/common';

/** Networks are compiled once: the same few keys are used again and again. */
const compiled = remembered((network: string) => compileNetwork(network), REMEMBERED_KEYS);

/** Whether an address is in one of the networks, which are CIDRs or addresses. */
export const isInNetworks = (address: string, networks: readonly string[]): boolean =>
  networks.some((network) => compiled(network)?.(withoutZone(address)) === true);

/** `fe80::1%eth0` is `fe80::1`. */
const withoutZone = (address: string): string => address.split('%')[0] ?? address;
