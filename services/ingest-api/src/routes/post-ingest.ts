import { type IncomingMessage, type ServerResponse } from 'node:http';
import {
  AppError,
  INGEST_HEADERS,
  type Principal,
  requireScope,
  requireSource,
  type SubscriptionRequest,
} from '@calseta/common';
import { type SubscriptionStore } from '@calseta/database';
import { type Authenticator, type ObservedRequest, sendJson } from '@calseta/platform';
import { type BodyMemory } from '../body/body-memory.js';
import { subscriptionRequest } from '../body/read-sns.js';
import { type SignedRequest } from './verify-signature.js';
import { type KnownSource } from '../sources/plugin/known-sources.js';
import { type RateLimiter } from './limit-rate.js';
import { admitSource, type FindSource, unknownSource } from '../accept/admit-source.js';
import { type Arrival } from '../read/arrival.js';
import { type ReadAlert } from '../read/read-alerts.js';
import { type Alerts, readBodyOfAlerts, type ReadBodyDeps } from '../accept/read-body.js';
import { UnreadText } from '../read/unread-text.js';
import { answerHandshake, assertMethod, eventGridCode } from './answer-handshake.js';
import { type IngestPath, readIngestPath } from './ingest-path.js';
import { notingRejection, storeAlerts, type StoreAlertsDeps } from '../accept/store-alerts.js';

export type PostIngestDeps = StoreAlertsDeps &
  ReadBodyDeps & {
    authenticator: Pick<Authenticator, 'authenticate'>;
    findSource: FindSource;
    rateLimiter: RateLimiter;
    bodies: BodyMemory;
    /** Throws when the source requires a signature and the request has no valid one. */
    verify: (source: KnownSource['source'], request: SignedRequest) => void;
    requestSubscription: SubscriptionStore['request'];
  };

/** Answers /v1/ingest/{source_name}: 202 means that the alerts are committed. */
export const createPostIngest =
  (deps: PostIngestDeps) =>
  async (req: IncomingMessage, res: ServerResponse, observed: ObservedRequest): Promise<void> => {
    const path = readIngestPath(req.url);
    observed.setRoute(path.template);
    assertMethod(req, path);
    const principal = await authenticate(deps, req, path, observed);
    const known = await admit(deps, principal, path);
    if (answerHandshake(req, res, path)) return;
    const arrival: Arrival = {
      ...known,
      receivedAt: new Date(),
      actor: principal.keyId,
      traceparent: observed.context.traceparent,
      ...idempotencyKeyOf(req),
      ...contentTypeOf(req),
    };
    try {
      const { status, body } = await notingRejection(
        deps,
        arrival,
        async () => await takeAlerts(deps, req, arrival),
      );
      if (hasAlert(body)) observed.setAlert(body.data.alert_uuid);
      sendJson(res, status, body);
    } catch (error) {
      if (error instanceof AppError && error.members?.alert_uuid !== undefined) {
        observed.setAlert(error.members.alert_uuid);
      }
      throw error;
    }
  };

const hasAlert = (body: object): body is { data: { alert_uuid: string } } =>
  'data' in body &&
  typeof body.data === 'object' &&
  body.data !== null &&
  'alert_uuid' in body.data;

type Answer = { status: number; body: object };

/** Reads and stores the alerts of a request, or answers its handshake. */
async function takeAlerts(
  deps: PostIngestDeps,
  req: IncomingMessage,
  arrival: Arrival,
): Promise<Answer> {
  const { source, receivedAt } = arrival;
  deps.rateLimiter.take(source.name, source.rateLimitPerMinute);
  // Checked first, so that no work is spent on a body that would be refused.
  deps.assertRoom(1);
  return await deps.bodies.withBody(req, async (body, holdInAll) => {
    deps.verify(source, { headers: req.headers, body, receivedAt });
    const code = eventGridCode(req, body);
    if (code !== undefined) return { status: 200, body: { validationResponse: code } };
    const subscription = subscriptionRequest(body);
    if (subscription) return await askOperator(deps, subscription, arrival);
    const alerts = await readBodyOfAlerts(deps, body, arrival);
    // The alerts are queued in the same turn of the event loop, so the check stays valid.
    deps.assertRoom(alerts.read.length);
    holdInAll(lengthOf(alerts));
    return { status: 202, body: { data: await storeAlerts(deps, alerts, arrival), meta: {} } };
  });
}

/** A URL from a body is never opened by itself: the request is stored until somebody confirms it. */
async function askOperator(
  { requestSubscription, log }: PostIngestDeps,
  request: SubscriptionRequest,
  { source, receivedAt }: Arrival,
): Promise<Answer> {
  const id = await requestSubscription(source.name, request, receivedAt);
  if (id === undefined) throw unknownSource();
  log.warn('ingest.subscription_requested', {
    source: source.name,
    type: request.type,
    topic_arn: request.topic_arn,
  });
  const message =
    `Amazon SNS asks to confirm ${request.topic_arn}. If it is a topic of yours, open its SubscribeURL, or call ` +
    `POST /v1/sources/${source.name}/subscriptions/${id}/confirm.`;
  return { status: 202, body: { data: { subscription_id: id, message }, meta: {} } };
}

async function admit(
  { findSource }: PostIngestDeps,
  principal: Principal,
  { sourceName }: IngestPath,
): Promise<KnownSource> {
  // Checked before the lookup, so that a key of other sources cannot tell whether this one exists.
  requireSource(principal, sourceName);
  return await admitSource(findSource, sourceName);
}

async function authenticate(
  { authenticator }: PostIngestDeps,
  req: IncomingMessage,
  { sourceName, urlToken }: IngestPath,
  observed: ObservedRequest,
): Promise<Principal> {
  const credentials = urlToken === undefined ? req.headers.authorization : `Bearer ${urlToken}`;
  const principal = await authenticator.authenticate(credentials, observed.context.clientAddress);
  observed.setKey(principal.keyId);
  // URLs end up in logs and histories, so only keys made for this source may be in one.
  if (urlToken !== undefined && principal.urlTokenSource !== sourceName) {
    throw new AppError('auth.forbidden', 'The token in the URL is none of this source.');
  }
  requireScope(principal, 'alerts:ingest');
  return principal;
}

function idempotencyKeyOf({ headers }: IncomingMessage): { idempotencyKey?: string } {
  const key = headers[INGEST_HEADERS.idempotencyKey.toLowerCase()];
  return typeof key !== 'string' || key.trim() === '' ? {} : { idempotencyKey: key.trim() };
}

/** The content type is stored with each alert, to decode its bytes. */
const MAX_CONTENT_TYPE_CHARACTERS = 200;

function contentTypeOf({ headers }: IncomingMessage): { contentType?: string } {
  const contentType = headers['content-type']?.slice(0, MAX_CONTENT_TYPE_CHARACTERS);
  return contentType === undefined ? {} : { contentType };
}

/** Characters to be stored, which may be far more than those of the body if it is an envelope. */
const lengthOf = ({ read }: Alerts): number => read.reduce((sum, one) => sum + lengthOfOne(one), 0);

function lengthOfOne(one: ReadAlert): number {
  if (one instanceof AppError) return 0;
  const { rawPayload, original } = one instanceof UnreadText ? one.item : one;
  return rawPayload.length + (original?.length ?? 0);
}
