import { streamQuerySchema } from '@calseta/common';
import { defineRawRoute, type Route, SECURITY_HEADERS } from '@calseta/platform';
import { z } from 'zod';
import { type AlertStreams } from '../../stream/alert-streams.js';

const MEDIA_TYPE = 'text/event-stream; charset=utf-8';

export const streamRoute = (streams: Pick<AlertStreams, 'open'>): Route =>
  defineRawRoute({
    scope: 'alerts:read',
    method: 'GET',
    path: '/v1/stream',
    operationId: 'streamAlertChanges',
    summary: 'Stream the changes of alerts as server-sent events',
    description:
      'Each line of the activity of an alert as an event `alert.changed`, whose data is an `AlertChanged` (docs/stream.md). ' +
      'With the id of the last event in `Last-Event-ID` the stream goes on behind it, at any replica, with no change ' +
      'missing and none twice. `ready` begins a stream, `end` says why we end it, `lagging` that Postgres holds changes back.',
    tags: ['Alerts'],
    query: streamQuerySchema,
    headers: z.object({
      'Last-Event-ID': z.string().optional().describe('The id of the last event that was handled'),
    }),
    produces: [MEDIA_TYPE],
    errors: ['service.overloaded', 'service.unavailable'],
    async raw({ req, res, query, principal, request }) {
      if (req.method === 'HEAD') {
        res.writeHead(200, { ...SECURITY_HEADERS, 'Content-Type': MEDIA_TYPE });
        res.end();
        return;
      }
      await streams.open({ res, principal, request, query });
    },
  });
