import { type Config } from '@calseta/platform';
import { z } from 'zod';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

const hostList = z
  .string()
  .toLowerCase()
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .refine((names) => names.every(isHostName), {
    message: 'must be host names without scheme and port, separated by commas',
  });

function isHostName(name: string): boolean {
  const url = `http://${name}`;
  return URL.canParse(url) && new URL(url).host === name;
}

export const mcpConfig = {
  CALSETA_ALLOWED_HOSTS: hostList
    .default([])
    .describe(
      'Further host names under which MCP clients may reach `/mcp`, separated by commas: `calseta.internal,alerts-api`. That of CALSETA_PUBLIC_URL and loopback need no entry.',
    ),
} as const;

/** Names that the Host and the Origin header of an MCP request may have: a page in a browser cannot forge either. */
export const allowedHosts = ({
  CALSETA_PUBLIC_URL: publicUrl,
  CALSETA_ALLOWED_HOSTS: further,
}: Config<typeof mcpConfig> & { CALSETA_PUBLIC_URL: string }): string[] => [
  ...new Set([new URL(publicUrl).hostname, ...LOOPBACK, ...further]),
];
