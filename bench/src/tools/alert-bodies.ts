/** The alerts of a load. Each is a different alert: none repeats an earlier one. */
export type AlertShape = {
  /** Distinguishes the alerts of one run from those of another. */
  run: string;
  /** Alerts per request; more than one are sent as NDJSON. */
  perRequest: number;
  /** Number of distinct values from which the indicators are drawn. */
  indicatorPool: number;
  /** Whether the sender sends alert ids, as all SIEMs do; if not, alerts differ by their content. */
  hasIds: boolean;
};

const hex = (value: number, length: number): string => value.toString(16).padStart(length, '0');

/** A small alert with three indicators: an address, a host name and a hash. */
export function alertBody({ run, indicatorPool, hasIds }: AlertShape, index: number): string {
  const drawn = index % indicatorPool;
  const ip = `45.${(drawn >> 16) & 255}.${(drawn >> 8) & 255}.${drawn & 255}`;
  return JSON.stringify({
    ...(hasIds && { alert_id: `${run}-${index}` }),
    title: 'Suspicious process execution',
    severity: index % 10 === 0 ? 'High' : 'Medium',
    occurred_at: '2025-01-15T10:28:00Z',
    description: 'An office program started a shell that opened a connection',
    tags: ['endpoint', 'execution'],
    source_rule_id: `RULE-${index % 20}`,
    indicators: [
      { type: 'ip', value: ip },
      { type: 'domain', value: `host-${drawn}.${run}.example.com` },
      { type: 'hash_sha256', value: hex(drawn + 1, 8).repeat(8) },
    ],
  });
}

/** The body of the request with this number. */
export function requestBody(shape: AlertShape, request: number): string {
  if (shape.perRequest === 1) return alertBody(shape, request);
  const first = request * shape.perRequest;
  return Array.from({ length: shape.perRequest }, (_, offset) =>
    alertBody(shape, first + offset),
  ).join('\n');
}
