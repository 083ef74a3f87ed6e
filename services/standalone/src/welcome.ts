export type Welcome = {
  baseUrl: string;
  dataDir: string;
  adminKey: string | undefined;
  egressAllow: readonly string[];
};

/** What to know and what to type next, printed once Calseta answers. */
export function welcome({ baseUrl, dataDir, adminKey, egressAllow }: Welcome): string {
  const key = adminKey ?? '$CALSETA_API_KEY';
  const keyLine = adminKey
    ? `Admin API key (shown once, keep it): ${adminKey}`
    : 'The admin API key is the one of the first start, or CALSETA_BOOTSTRAP_API_KEY.';
  return `
Calseta is ready on ${baseUrl}   (API reference: ${baseUrl}/docs)
Data is kept in ${dataDir}. Webhooks may go to public addresses and to: ${egressAllow.join(', ') || 'no private ones'}.
${keyLine}

Send an alert:
  curl -X POST ${baseUrl}/v1/ingest/generic \\
    -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\
    -d '{ "title": "Test Alert", "severity": "Low" }'
Register your agent:
  curl -X POST ${baseUrl}/v1/agents \\
    -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\
    -d '{ "name": "My agent", "webhook_url": "http://127.0.0.1:9000/webhook" }'
List alerts:
  curl ${baseUrl}/v1/alerts -H "Authorization: Bearer ${key}"
Stop with Ctrl-C.
`;
}
