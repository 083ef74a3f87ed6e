import {
  type CreateSource,
  type PageQuery,
  type ReparseSource,
  REQUESTS,
  type SourceResource,
  type TestSource,
  type UpdateSource,
} from '@calseta/common';
import { type SourceSettingsStore } from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { type RecordingDeps } from '../access/audit.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type TryPayload } from './try-payload.js';

export type SourceDeps = RecordingDeps & {
  sources: SourceSettingsStore;
  tryPayload: TryPayload;
  transport: Pick<PipelineTransport, 'request'>;
};

export type ByName = { name: string };

export type SourceOperations = ReturnType<typeof sourceOperations>;

/** Sources of alerts: traffic, the latest error, and settings. */
export const sourceOperations = ({ sources, tryPayload, transport, audit }: SourceDeps) => ({
  list: operation(
    { scope: 'alerts:read' },
    async (query: PageQuery) => await sources.list(toPageRequest(query)),
  ),
  create: operation({ scope: 'admin' }, async (input: CreateSource) => await sources.create(input)),
  get: operation({ scope: 'alerts:read' }, async ({ name }: ByName) =>
    found('source', await sources.get(name)),
  ),
  update: operation(
    { scope: 'admin' },
    async ({
      name,
      changes,
      assertUnchanged,
    }: ByName & {
      changes: UpdateSource;
      /** Throws when the source is not the one that the caller saw. */
      assertUnchanged?: (current: SourceResource) => void;
    }) => found('source', await sources.update(name, changes, assertUnchanged)),
  ),
  remove: operation({ scope: 'admin' }, async ({ name }: ByName) => {
    found('source', (await sources.remove(name)) || undefined);
  }),
  /**
   * Reads quarantined alerts again with the current plugin and mapping of their source; the outcome counts the
   * readable ones.
   */
  reparse: operation(
    { scope: 'alerts:write' },
    async ({ name, input }: ByName & { input: ReparseSource }, { principal, traceparent }) => {
      found('source', await sources.get(name));
      const subject = { resourceType: 'source', resourceId: name };
      await audit.record({ verb: 'reparse_requested', ...subject, detail: input });
      const { limit, cursor: after } = input;
      const request = { source_name: name, limit, after, actor: principal.keyId };
      return await transport.request(REQUESTS.reparseSource, request, { traceparent });
    },
  ),
  /** Shows how a payload would be read, and stores nothing. */
  test: operation(
    { scope: 'alerts:read', fieldScopes: { field_mapping: 'admin' } },
    async (input: TestSource, { traceparent }) => {
      const { alerts, alert_count } = await tryPayload(input, traceparent);
      return { alerts: alerts.map(({ reading }) => reading), alert_count };
    },
  ),
});
