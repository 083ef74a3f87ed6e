import { createHash } from 'node:crypto';
import {
  type AlertListQuery,
  type AlertMessage,
  type AlertSummary,
  type LookupScopeInput,
  type PageQuery,
  type ReplayAlert,
  REQUESTS,
  type UpdateAlert,
} from '@calseta/common';
import {
  type AlertIndicatorStore,
  type AlertStore,
  type OccurrenceStore,
  type RelationshipStore,
  type ReplayStore,
  type TriageStore,
} from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { alertContextOperations, type AlertContextDeps } from './alert-context.js';
import { addIndicatorsOperation, type AddIndicatorsDeps } from './add-indicators.js';
import { bulkUpdateOperation } from './bulk-update.js';
import { postAlertOperation } from './post-alert.js';
import { previewReplay, type PreviewReplayDeps } from './preview-replay.js';
import { type RecordingDeps } from '../access/audit.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type AlertDeps = AlertContextDeps &
  RecordingDeps &
  AddIndicatorsDeps &
  PreviewReplayDeps & {
    alerts: AlertStore;
    alertIndicators: AlertIndicatorStore;
    occurrences: OccurrenceStore;
    triage: TriageStore;
    replays: ReplayStore;
    relationships: RelationshipStore;
    transport: Pick<PipelineTransport, 'request'>;
    /** Notifies the pipeline. A failure does not fail the request, since the sweeper notifies it too. */
    notify: (message: AlertMessage, traceparent: string) => void;
  };

export type AlertPatchRequest = ByUuid & {
  changes: UpdateAlert;
  /** Refuses the change when the alert has another version than the caller read. */
  assertVersion?: (version: string) => void;
};

export type AlertOperations = ReturnType<typeof alertOperations>;

/** Alerts: reading them, and triage by people and agents. */
export const alertOperations = (deps: AlertDeps) => ({
  ...readingOf(deps),
  ...alertContextOperations(deps),

  post: postAlertOperation(deps),
  updateMany: bulkUpdateOperation(deps),
  addIndicators: addIndicatorsOperation(deps),
  update: operation(
    { scope: 'alerts:triage', fieldScopes: { malice_override: 'config:write' } },
    async ({ uuid, changes, assertVersion }: AlertPatchRequest, { principal }) => {
      const updated = await deps.triage.update(uuid, {
        changes,
        actor: principal.keyId,
        assertUnchanged: (current) => assertVersion?.(alertVersion(current)),
      });
      return found('alert', updated);
    },
  ),

  remove: operation({ scope: 'admin' }, async ({ uuid }: ByUuid) => {
    found('alert', (await deps.alerts.remove(uuid)) || undefined);
  }),

  /** Runs an alert through the pipeline again, from a stage on. */
  replay: operation(
    { scope: 'alerts:write' },
    async ({ uuid, from, mode }: ByUuid & ReplayAlert, { principal, traceparent }) => {
      if (mode === 'dry')
        return { mode, preview: await previewReplay(uuid, from, traceparent, deps) };
      const message = await deps.replays.replay(uuid, from, principal.keyId);
      deps.notify(found('alert', message), traceparent);
      return { mode, alert: found('alert', await deps.alerts.get(uuid)) };
    },
  ),

  /** Asks the providers about an alert again; agents hear of it when something has changed. */
  enrich: operation(
    { scope: 'alerts:write' },
    async ({ uuid, ...scope }: ByUuid & LookupScopeInput, { principal, traceparent }) => {
      await assertAlertExists(deps.alerts)(uuid);
      const subject = { resourceType: 'alert', resourceId: uuid };
      await deps.audit.record({ verb: 'enrichment_requested', ...subject, detail: scope });
      const request = { ...scope, alert_id: uuid, actor: principal.keyId };
      const { is_changed: isChanged } = await deps.transport.request(
        REQUESTS.enrichAlert,
        request,
        { traceparent },
      );
      const alert = found('alert', await deps.alerts.get(uuid));
      return { ...alert, is_enrichment_changed: isChanged };
    },
  ),

  /** Reads a quarantined alert again, after its source's mapping or plugin was corrected. */
  reparse: operation(
    { scope: 'alerts:write' },
    async ({ uuid }: ByUuid, { principal, traceparent }) => {
      await assertAlertExists(deps.alerts)(uuid);
      const subject = { resourceType: 'alert', resourceId: uuid };
      await deps.audit.record({ verb: 'reparse_requested', ...subject });
      const request = { alert_id: uuid, actor: principal.keyId };
      const { further_alert_ids: further } = await deps.transport.request(
        REQUESTS.reparseAlert,
        request,
        { traceparent },
      );
      const alert = found('alert', await deps.alerts.get(uuid));
      return { ...alert, further_alert_uuids: further };
    },
  ),
});

const readingOf = ({ alerts, alertIndicators, occurrences, relationships }: AlertDeps) => {
  const access = { scope: 'alerts:read' } as const;
  const assertExists = assertAlertExists(alerts);
  return {
    list: operation(
      access,
      async (query: AlertListQuery) => await alerts.list(query, toPageRequest(query)),
    ),
    /** The sender's original bytes. */
    getOriginal: operation(access, async ({ uuid }: ByUuid) =>
      found('alert', await alerts.getOriginal(uuid)),
    ),
    readRelationships: operation(access, async ({ uuid }: ByUuid) =>
      found('alert', await relationships.read(uuid)),
    ),
    listIndicators: operation(access, async ({ uuid, ...query }: ByUuid & PageQuery) => {
      await assertExists(uuid);
      return await alertIndicators.list(uuid, toPageRequest(query));
    }),
    listOccurrences: operation(access, async ({ uuid, ...query }: ByUuid & PageQuery) => {
      await assertExists(uuid);
      return await occurrences.list(uuid, toPageRequest(query));
    }),
    /** The bytes of a later message, as they came. */
    getOriginalOfOccurrence: operation(
      access,
      async ({ uuid, occurrence_uuid: occurrence }: ByUuid & { occurrence_uuid: string }) =>
        found('occurrence', await occurrences.getOriginal(uuid, occurrence)),
    ),
    listActivity: operation(access, async ({ uuid, ...query }: ByUuid & PageQuery) => {
      await assertExists(uuid);
      return await alerts.listActivity(uuid, toPageRequest(query));
    }),
  };
};

/** Throws `resource.not_found` when there is no such alert. */
export const assertAlertExists =
  (alerts: Pick<AlertStore, 'exists'>) =>
  async (uuid: string): Promise<void> => {
    found('alert', (await alerts.exists(uuid)) || undefined);
  };

/** Hash of the triage fields of an alert, so that a repeat or another stage does not change the version. */
export function alertVersion(alert: AlertSummary): string {
  const { status, severity, tags, malice, malice_override, close_classification, assignee } = alert;
  const decided = [status, severity, tags, malice, malice_override, close_classification, assignee];
  return createHash('sha256').update(JSON.stringify(decided)).digest('base64url');
}
