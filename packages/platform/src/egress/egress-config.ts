import { Resolver } from 'node:dns';
import { z } from 'zod';
import { Secret } from '../config/secret.js';
import { parseCidr } from './judge-address.js';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const cidrList = list.refine((cidrs) => cidrs.every((cidr) => parseCidr(cidr)), {
  message: 'must be CIDRs or addresses, separated by commas',
});

const serverList = list.refine(areServers, {
  message: 'must be addresses of DNS servers, with or without a port, separated by commas',
});

function areServers(servers: readonly string[]): boolean {
  try {
    new Resolver().setServers(servers);
    return true;
  } catch {
    return false;
  }
}

export const egressConfig = {
  CALSETA_EGRESS_ALLOW: cidrList
    .default([])
    .describe(
      'Private networks that webhooks may go to, as CIDRs separated by commas: `127.0.0.0/8,10.1.0.0/16`. Public addresses need no entry; set but empty, nothing else is allowed.',
    ),
  CALSETA_EGRESS_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file of certificates of authorities that outbound calls trust besides the usual ones; read at start.',
    ),
  CALSETA_EGRESS_PROXY: z
    .url({ protocol: /^https?$/ })
    .transform((url) => new Secret(url))
    .optional()
    .describe(
      'Proxy that outbound calls go through by CONNECT: `http://user:password@proxy:3128`. Names are still resolved and checked here, and the proxy is asked for the address.',
    ),
  EGRESS_DNS_SERVERS: serverList
    .default([])
    .describe(
      'DNS servers that are asked for the names of webhooks, with or without a port, separated by commas: `10.0.0.53,[fd00::53]:5353`. Without any, those of the system.',
    ),
} as const;
