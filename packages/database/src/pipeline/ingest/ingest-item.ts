import {
  type FailureCode,
  type NormalizedAlert,
  type OnResolved,
  type OnUpdate,
} from '@calseta/common';

/** Why an alert is quarantined: its source cannot read the payload, or the body is not JSON. */
export type QuarantineCode = Extract<FailureCode, 'payload.unreadable' | 'body.malformed'>;

/** One alert as received, parsed and ready to be stored. */
export type IngestItem = {
  sourceName: string;
  dedupKey: string;
  /** Whether the key is the source's own alert id; everything else may then change. */
  isNative: boolean;
  /** Fingerprint of the payload without its volatile fields. */
  fingerprint: string;
  /** Time during which a repeat is counted on the alert instead of creating a new one, s; 0 turns this off. */
  dedupWindowSeconds: number;
  onUpdate: OnUpdate;
  onResolved: OnResolved;
  receivedAt: Date;
  occurredAt: Date;
  /** JSON text, stored unchanged. */
  rawPayload: string;
  /** `Content-Type` of the payload. */
  contentType?: string | undefined;
  /** Original bytes, where they differ from `rawPayload` in UTF-8. */
  original?: Uint8Array | undefined;
  alert: NormalizedAlert;
  /** Set when the payload cannot be read; the alert is quarantined with this reason. */
  quarantineReason?: string | undefined;
  /** Defaults to `payload.unreadable`. */
  quarantineCode?: QuarantineCode | undefined;
  traceparent?: string | undefined;
  /** Id of the API key that sent it. */
  actor: string;
};
