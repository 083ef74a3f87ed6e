import { defineRawRoute, type Route } from '../http/routes/define-route.js';
import { type SendDocument } from '../http/routes/shared-document.js';

/** A public route whose document is the same for all clients. */
export const documentRoute = ({
  send,
  ...declared
}: {
  path: `/${string}`;
  operationId: string;
  summary: string;
  ignoresUnknownQuery?: true;
  send: SendDocument;
}): Route =>
  defineRawRoute({
    ...declared,
    method: 'GET',
    scope: null,
    tags: ['Documentation'],
    raw: async ({ req, res }) => await send(req, res),
  });
