import { z } from 'zod';
import { parseCidr } from './judge-address.js';

const cidrList = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .refine((cidrs) => cidrs.every((cidr) => parseCidr(cidr)), {
    message: 'must be CIDRs or addresses, separated by commas',
  });

export const egressConfig = {
  CALSETA_EGRESS_ALLOW: cidrList
    .default([])
    .describe(
      'Private networks that webhooks may go to, as CIDRs separated by commas: `127.0.0.0/8,10.1.0.0/16`. Public addresses need no entry; set but empty, nothing else is allowed.',
    ),
} as const;
