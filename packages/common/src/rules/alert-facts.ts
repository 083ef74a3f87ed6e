import { type IndicatorType } from '../alert/indicator-type.js';
import { type Malice } from '../alert/malice.js';
import { type Severity } from '../alert/severity.js';
import { type AlertStatus } from '../alert/status.js';

/** What filters and rules can ask about an alert. */
export type AlertFacts = {
  alert: {
    sourceName: string;
    severity: Severity;
    title: string;
    description?: string;
    status: AlertStatus;
    malice: Malice;
    tags: readonly string[];
    /** Hosts and users that the payload names. */
    hosts: readonly string[];
    users: readonly string[];
    nativeAlertId?: string;
    sourceRuleId?: string;
    mitreTactics: readonly string[];
    mitreTechniques: readonly string[];
    normalizedFields: Readonly<Record<string, string | readonly string[]>>;
  };
  indicators: readonly { type: IndicatorType; value: string; malice: Malice }[];
  detectionRule?: {
    name: string;
    mitreTactics: readonly string[];
    mitreTechniques: readonly string[];
  };
  /** Parsed only when a rule asks about it. */
  rawPayloadJson: string;
};
