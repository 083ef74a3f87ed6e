export * from './resources/agent-scorecard-store.js';
export * from './resources/agent-store.js';
export * from './resources/approver-store.js';
export * from './resources/agent-health-store.js';
export * from './pipeline/extraction/added-indicator-store.js';
export * from './alerts/alert-indicator-store.js';
export * from './alerts/alert-store.js';
export * from './alerts/change-store.js';
export * from './access/api-key-store.js';
export { type AuditedRequest, type AuditStore, createAuditStore } from './audit/audit-store.js';
export { actAs, type AuditActor } from './core/audit-actor.js';
export * from './configuration/config-watcher.js';
export * from './resources/context-document-store.js';
export * from './core/connection/database-config.js';
export * from './resources/delivery-store.js';
export * from './resources/detection-rule-store.js';
export * from './resources/rule-import-store.js';
export * from './alerts/alert-facts-store.js';
export * from './resources/mute-store.js';
export * from './pipeline/dispatch/dispatch-store.js';
export * from './pipeline/dispatch/pull-store.js';
export * from './pipeline/dispatch/reopen-store.js';
export * from './pipeline/enrichment/completion-store.js';
export * from './pipeline/enrichment/enrichment-store.js';
export { type IndicatorToEnrich } from './pipeline/enrichment/indicator-to-enrich.js';
export { type Enrichment } from './pipeline/enrichment/save-enrichments.js';
export { type IndicatorVerdict } from './pipeline/enrichment/write-verdicts.js';
export * from './core/errors.js';
export * from './pipeline/extraction/extraction-store.js';
export * from './retention/housekeeping-store.js';
export { type Reencrypted, reencryptSecrets } from './retention/reencrypt-secrets.js';
export {
  createFiguresStore,
  type Figures,
  type FiguresStore,
  type QuotaLeft,
} from './retention/figures-store.js';
export {
  type BreakdownStore,
  createBreakdownStore,
  type GroupTally,
} from './retention/breakdown-store.js';
export * from './retention/metrics-store.js';
export * from './retention/tally-store.js';
export * from './access/idempotency-store.js';
export * from './configuration/indicator-mapping-store.js';
export * from './alerts/comment-store.js';
export { createIndicatorStore, type IndicatorStore } from './alerts/indicator-store.js';
export * from './alerts/occurrence-store.js';
export * from './pipeline/ingest/ingest-store.js';
export { createEvents, type RunStatement } from './events/create-events.js';
export * from './migrations/migrate.js';
export * from './core/connection/open-database.js';
export * from './core/page.js';
export * from './enrichment/provider-health-store.js';
export { type LookupClaim, type QueuedLookup } from './pipeline/enrichment/lookup-claim.js';
export * from './pipeline/enrichment/provider-lookup-store.js';
export * from './pipeline/enrichment/waiting-lookup-store.js';
export {
  type HeldLookup,
  LEASE_SECONDS,
  type LookupKey,
} from './pipeline/enrichment/lookup-key.js';
export {
  createRawAnswerStore,
  type FoundRawAnswer,
  type RawAnswerStore,
} from './enrichment/raw-answer-store.js';
export * from './enrichment/provider-quota-store.js';
export * from './enrichment/provider-settings-store.js';
export {
  createProviderStore,
  type BuiltinRow,
  type NewProvider,
  type ProviderChanges,
  type ProviderRecord,
  type ProviderStore,
} from './enrichment/provider-store.js';
export {
  createProviderVersionStore,
  type ProviderVersionRecord,
  type ProviderVersionStore,
} from './enrichment/provider-version-store.js';
export { MAX_PROVIDER_VERSIONS } from './enrichment/keep-provider-version.js';
export {
  createRerunStore,
  type EnrichmentNews,
  type Rerun,
  type RerunStore,
} from './enrichment/rerun-store.js';
export {
  createProviderStateStore,
  type ProviderState,
  type ProviderStateStore,
} from './enrichment/provider-state-store.js';
export * from './enrichment/threat-list-store.js';
export * from './pipeline/ingest/reparse-store.js';
export * from './pipeline/ingest/unread-text-store.js';
export * from './alerts/relationship-store.js';
export * from './alerts/replay-store.js';
export * from './configuration/source-settings-store.js';
export { createSilenceStore, type SilenceStore } from './configuration/silence-store.js';
export * from './configuration/source-store.js';
export * from './configuration/subscription-store.js';
export * from './pipeline/stage/stage-store.js';
export * from './pipeline/updates/revision-store.js';
export * from './alerts/triage-store.js';
export * from './workflows/approval-notice-store.js';
export { type ApprovalDecision } from './workflows/approval-decision.js';
export * from './workflows/approval-store.js';
export * from './workflows/run-decisions.js';
export * from './workflows/run-execution-store.js';
export {
  createRunStore,
  type NewRun,
  type RunFilter,
  type RunStore,
} from './workflows/run-store.js';
export * from './workflows/secret-store.js';
export * from './workflows/workflow-store.js';
export type * from './core/database.js';
export { type MissingLookup } from './pipeline/updates/missing-lookups.js';
export { type IndicatorResult } from './pipeline/enrichment/save-lookup-results.js';
export { type ResourceStore } from './resources/resource-store.js';
export { type RuleFacts } from './pipeline/extraction/upsert-detection-rules.js';
