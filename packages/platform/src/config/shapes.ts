import { z } from 'zod';
import { Secret } from './secret.js';

/** A text that is wrapped so that it cannot be printed. */
export const secretText = (minLength = 1) =>
  z
    .string()
    .min(minLength)
    .transform((value) => new Secret(value));

export const milliseconds = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum);

const count = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum);

export const httpConfig = {
  HTTP_HOST: z
    .string()
    .default('0.0.0.0')
    .describe('Address to listen on. `npm start` and `npm run cluster`: 127.0.0.1 unless set.'),
  HTTP_PORT: count(0, 65_535).default(8000).describe('Port to listen on; 0 takes a free one.'),
  HTTP_MAX_CONNECTIONS: count(1, 1_000_000)
    .default(10_000)
    .describe('Connections held at once; more are dropped.'),
  HTTP_HEADERS_TIMEOUT_MS: milliseconds(100, 600_000)
    .default(10_000)
    .meta({
      description: 'Time within which the headers of a request must be there, ms.',
      lessThan: { variable: 'HTTP_REQUEST_TIMEOUT_MS', orEqual: true },
    }),
  HTTP_REQUEST_TIMEOUT_MS: milliseconds(100, 600_000)
    .default(30_000)
    .describe('Time within which a whole request must be there, ms.'),
  HTTP_KEEP_ALIVE_TIMEOUT_MS: milliseconds(0, 600_000)
    .default(65_000)
    .describe(
      'Time that an idle connection is kept, ms; longer than that of the balancer in front.',
    ),
  HTTP_MAX_UNREAD_BYTES: count(1_048_576, 4_294_967_296)
    .default(67_108_864)
    .describe(
      'Bytes of answers that clients have not read, over all connections; beyond, those that wait longest are cut.',
    ),
  HTTP_UNREAD_TIMEOUT_MS: milliseconds(100, 600_000)
    .default(30_000)
    .describe('Time without reading after which the client of an answer is cut off, ms.'),
  HTTP_TRUSTED_PROXY_HOPS: count(0, 10)
    .default(0)
    .describe('Proxies in front whose X-Forwarded-For entries are believed.'),
} as const;

const DAY_MS = 86_400_000;

/** Of the services that hand deliveries out: the dispatcher pushes them, from alerts-api agents pull them. */
export const deliveryConfig = {
  CALSETA_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/(?<!\/)\/+$/, ''))
    .default('http://localhost:8000')
    .describe('URL at which agents reach this Calseta; links in pushes begin with it.'),
  DELIVERY_GIVE_UP_MS: milliseconds(1_000, 30 * DAY_MS)
    .default(2 * DAY_MS)
    .describe(
      'Time after which a delivery that failed again and again is given up, ms; it stands still while the agent is disabled.',
    ),
} as const;

export const logConfig = {
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Lowest level that is written: debug, info, warn or error.'),
} as const;

export const tracingConfig = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'OpenTelemetry collector that traces are sent to over OTLP/HTTP: `http://collector:4318`. Without it nothing is traced.',
    ),
} as const;

export const lifecycleConfig = {
  SHUTDOWN_DEADLINE_MS: milliseconds(100, 600_000)
    .default(15_000)
    .describe('Time within which a stopping process must be done, ms; then it is cut off.'),
  SHUTDOWN_UNREADY_MS: milliseconds(0, 120_000)
    .default(0)
    .meta({
      description: 'Time to go on listening while unready, ms, so that balancers notice.',
      lessThan: { variable: 'SHUTDOWN_DEADLINE_MS' },
    }),
} as const;

/** Variables that every process reads; runService adds them to the service's shape. */
export const baseConfig = {
  ...httpConfig,
  ...logConfig,
  ...tracingConfig,
  ...lifecycleConfig,
} as const;

const domainSet = z
  .string()
  .toLowerCase()
  .transform(
    (text) =>
      new Set(
        text
          .split(',')
          .map((name) => name.trim())
          .filter(Boolean),
      ),
  );

/** The organisation's own domains. */
export const ownDomainsConfig = {
  CALSETA_OWN_DOMAINS: domainSet
    .default(new Set<string>())
    .describe(
      'Domains of your own, separated by commas: what stands under them is kept as `internal` and never sent to a provider.',
    ),
} as const;
