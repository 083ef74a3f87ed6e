import { AppError, type IngestAnswer, type IngestRequest } from '@calseta/common';
import { admitSource, type FindSource } from '../accept/admit-source.js';
import { type Arrival } from '../read/arrival.js';
import { readBodyOfAlerts, type ReadBodyDeps } from '../accept/read-body.js';
import { notingRejection, storeAlerts, type StoreAlertsDeps } from '../accept/store-alerts.js';
import { type KnownSource } from '../sources/plugin/known-sources.js';

export type IngestByRequestDeps = StoreAlertsDeps &
  ReadBodyDeps & {
    findSource: FindSource;
    rateLimiter: { take(sourceName: string, perMinute: number | null): void };
  };

const JSON_TYPE = 'application/json; charset=utf-8';

/** Takes what a caller of alerts-api sends for a source, exactly as the ingest route does: an answer means committed. */
export const createIngestByRequest =
  (deps: IngestByRequestDeps) =>
  async (
    { source_name: name, body, actor, idempotency_key: idempotencyKey }: IngestRequest,
    { traceparent }: { traceparent: string },
  ): Promise<IngestAnswer> => {
    const known = await admitSource(deps.findSource, name);
    assertUnsigned(known);
    const arrival: Arrival = {
      ...known,
      receivedAt: new Date(),
      actor,
      traceparent,
      contentType: JSON_TYPE,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
    return await notingRejection(deps, arrival, async () => {
      deps.rateLimiter.take(known.source.name, known.source.rateLimitPerMinute);
      deps.assertRoom(1);
      const alerts = await readBodyOfAlerts(deps, Buffer.from(body), arrival);
      // The alerts are queued in the same turn of the event loop, so the check stays valid.
      deps.assertRoom(alerts.read.length);
      return await storeAlerts(deps, alerts, arrival);
    });
  };

/** A signature covers the body of its own request, so that it cannot be carried in another one. */
function assertUnsigned({ source: { name, hmacSecrets } }: KnownSource): void {
  if (hmacSecrets.length === 0) return;
  throw new AppError(
    'auth.signature_invalid',
    `The source "${name}" demands signed requests: post to /v1/ingest/${name} with its signature.`,
  );
}
