import { type AlertChange } from '../alert/alert-change.js';
import { type Malice } from '../alert/malice.js';
import { type Severity } from '../alert/severity.js';
import { type AlertStatus } from '../alert/status.js';
import { type Classification, type Pass, type Role } from '../alert/extracted-indicator.js';
import { type IndicatorType } from '../alert/indicator-type.js';
import { type ListedCve } from '../enrichment/enrichment-summary.js';
import { type PayloadFinding } from './push-payload.js';

/** Everything that is known about an alert at one moment. Payloads are built from it. */
export type AlertContext = {
  revision: number;
  alert: ContextAlert;
  /** JSON text, because parsing would round numbers that JavaScript cannot represent. */
  rawPayloadJson: string;
  indicators: ContextIndicator[];
  detectionRule?: ContextDetectionRule;
  contextDocuments: ContextDocumentText[];
  workflows: ContextWorkflow[];
  relatedAlerts: RelatedAlert[];
  /** Oldest first. Answers show them; pushes do not. */
  findings?: PayloadFinding[];
  /** Findings of the alert, those included that are not in this context. */
  findingCount?: number;
  /** Set where an update of the source, or a late verdict, made this revision. */
  update?: AlertUpdate;
  marks?: PushMarks;
};

/** What kind of push it is, where it is not the usual one. */
export type PushMarks = { test?: true; replay?: true };

export type AlertUpdate = { previousRevision: number; changes: AlertChange[] };

export type ContextAlert = {
  uuid: string;
  title: string;
  description?: string;
  severity: Severity;
  sourceName: string;
  status: AlertStatus;
  malice: Malice;
  occurredAt: Date;
  tags: string[];
  hosts: string[];
  users: string[];
  nativeAlertId?: string;
  sourceRuleId?: string;
  mitreTactics: string[];
  mitreTechniques: string[];
  normalizedFields: Record<string, string | string[]>;
  sourceUrl?: string;
  duplicateCount: number;
  enrichmentSucceeded: string[];
  enrichmentNotFound: string[];
  enrichmentFailed: string[];
  /** Why those that failed did, by name. */
  enrichmentReasons: Record<string, string>;
  /** Vulnerabilities that the alert names and that a threat list has. */
  knownExploited?: ListedCve[];
  enrichedAt: Date;
  /** Indicators of the alert, those included that are not in this context. */
  indicatorCount: number;
  /** Indicators that were found beyond the limit of an alert, and are stored nowhere. */
  droppedIndicatorCount: number;
};

export type ContextIndicator = {
  type: IndicatorType;
  value: string;
  malice: Malice;
  maliceReasons: string[];
  classification: Classification;
  isMalformed: boolean;
  role?: Role;
  provenance: StoredProvenance[];
  /** Successful answers by provider name. */
  enrichmentResults: Record<string, { extracted: Record<string, unknown> }>;
};

/** Where a value was found, as it is stored; `Provenance` says what the fields mean. */
export type StoredProvenance = {
  pass: Pass;
  pointer: string;
  extractor?: string;
  stated_as?: string;
  span?: readonly number[];
  added_by?: string;
  agent_name?: string;
};

export type ContextDetectionRule = {
  name: string;
  mitreTactics: string[];
  mitreTechniques: string[];
  documentation: string;
};

export type ContextDocumentText = { title: string; docType: string; content: string };

export type ContextWorkflow = {
  uuid: string;
  name: string;
  documentation: string;
  approvalMode: string;
  riskLevel: string;
  /** Whether it can be executed; otherwise it is documentation. */
  hasSteps?: boolean;
};

export type RelatedAlert = {
  uuid: string;
  title: string;
  severity: Severity;
  status: AlertStatus;
  malice: Malice;
  occurredAt: Date;
  closeClassification?: string;
  relation: 'same_detection_rule' | 'shared_indicator';
  /** The newest findings, without their details. */
  findings: RelatedFinding[];
};

export type RelatedFinding = { summary: string; confidence?: number; classification?: string };
