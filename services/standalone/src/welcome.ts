export type Welcome = {
  baseUrl: string;
  /** Address that the server listens on. */
  host: string;
  dataDir: string;
  /** Undefined when the key was given, or made by an earlier start. */
  adminKey: string | undefined;
  egressAllow: readonly string[];
};

const isLoopback = (host: string): boolean => host === 'localhost' || /^(127\.|::1$)/.test(host);

/** The text that is printed once Calseta answers. */
export function welcome({ baseUrl, host, dataDir, adminKey, egressAllow }: Welcome): string {
  return `
Calseta is ready on ${baseUrl}   (API reference: ${baseUrl}/docs)
Data is kept in ${dataDir}
${isLoopback(host) ? 'Only this machine can reach it; HTTP_HOST=0.0.0.0 lets others.' : `It listens on ${host}.`}
Webhooks may go to public addresses${egressAllow.length > 0 ? `, and to ${egressAllow.join(', ')}` : ' only'}.
${
  adminKey === undefined
    ? 'The admin API key is the one of the first start, or CALSETA_BOOTSTRAP_API_KEY.'
    : `Admin API key (shown once, keep it): ${adminKey}`
}
`;
}

export const NO_DEMO =
  'The echo agent is left out: CALSETA_EGRESS_ALLOW lets no webhook go to this machine.';

/** The commands to try first. */
export function nextSteps({ baseUrl, adminKey }: Pick<Welcome, 'baseUrl' | 'adminKey'>): string {
  const authorization = `-H "Authorization: Bearer ${adminKey ?? '$CALSETA_API_KEY'}"`;
  const json = '-H "Content-Type: application/json"';
  return `
Send an alert:
  curl -X POST ${baseUrl}/v1/ingest/generic \\
    ${authorization} ${json} \\
    -d '{ "title": "Test Alert", "severity": "Low" }'
Register your agent:
  curl -X POST ${baseUrl}/v1/agents \\
    ${authorization} ${json} \\
    -d '{ "name": "My agent", "webhook_url": "http://127.0.0.1:9000/webhook" }'
List alerts:
  curl ${baseUrl}/v1/alerts ${authorization}
Stop with Ctrl-C.
`;
}
