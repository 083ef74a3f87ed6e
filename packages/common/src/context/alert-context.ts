import { type AlertChange } from '../alert/alert-change.js';
import { type Malice } from '../alert/malice.js';
import { type Severity } from '../alert/severity.js';
import { type AlertStatus } from '../alert/status.js';
import { type Classification, type Role } from '../alert/extracted-indicator.js';
import { type IndicatorType } from '../alert/indicator-type.js';

/** Everything that is known about an alert at one moment. Pushes are built from it. */
export type AlertContext = {
  alert: ContextAlert;
  indicators: ContextIndicator[];
  detectionRule?: ContextDetectionRule;
  contextDocuments: ContextDocumentText[];
  workflows: ContextWorkflow[];
  relatedAlerts: RelatedAlert[];
  /** Set where an update of the source, or a late verdict, made this revision. */
  update?: AlertUpdate;
};

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
  rawPayload: unknown;
  enrichmentSucceeded: string[];
  enrichmentNotFound: string[];
  enrichmentFailed: string[];
  /** Why those that failed did, by name. */
  enrichmentReasons: Record<string, string>;
  enrichedAt: Date;
};

export type ContextIndicator = {
  type: IndicatorType;
  value: string;
  malice: Malice;
  maliceReasons: string[];
  classification: Classification;
  isMalformed: boolean;
  role?: Role;
  /** Successful answers by provider name. */
  enrichmentResults: Record<string, { extracted: Record<string, unknown> }>;
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
};
