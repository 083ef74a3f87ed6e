import { EVENT_SCHEMAS, pushPayloadSchema } from '@calseta/common';
import { documentRoute, type Route, shareDocument } from '@calseta/platform';
import { z } from 'zod';

const SCHEMA_MEDIA_TYPE = 'application/schema+json';

/** Where the JSON Schema of version 1 of the push payload stands; what is published there only grows. */
export const PUSH_SCHEMA_PATH = '/schemas/push-v1.json';

/** JSON Schema (draft 2020-12) of the push payload. */
export const describePush = (): string =>
  JSON.stringify(
    {
      $id: PUSH_SCHEMA_PATH,
      ...z.toJSONSchema(z.object(pushPayloadSchema.shape), { io: 'output' }),
    },
    null,
    2,
  );

/** Where the JSON Schema of version 1 of all other events stands. */
export const EVENTS_SCHEMA_PATH = '/schemas/events-v1.json';

/** JSON Schema of the events that are not about enriched alerts: one of them, told by `event`. */
export const describeEvents = (): string =>
  JSON.stringify(
    {
      $id: EVENTS_SCHEMA_PATH,
      ...z.toJSONSchema(z.union(Object.values(EVENT_SCHEMAS)), { io: 'output' }),
    },
    null,
    2,
  );

export const payloadSchemaRoutes = (): Route[] => [
  documentRoute({
    path: PUSH_SCHEMA_PATH,
    operationId: 'getPushSchema',
    summary: 'JSON Schema of the push payload, version 1',
    send: shareDocument(SCHEMA_MEDIA_TYPE, describePush()),
  }),
  documentRoute({
    path: EVENTS_SCHEMA_PATH,
    operationId: 'getEventsSchema',
    summary: 'JSON Schema of the events that agents can be pushed besides alerts, version 1',
    send: shareDocument(SCHEMA_MEDIA_TYPE, describeEvents()),
  }),
];
